SELECT count(*) FROM ${sources}
