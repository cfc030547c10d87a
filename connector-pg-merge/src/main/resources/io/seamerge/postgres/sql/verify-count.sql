SELECT count(*) FROM ${suspect}
