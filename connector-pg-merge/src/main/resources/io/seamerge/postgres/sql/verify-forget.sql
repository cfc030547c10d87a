DELETE FROM ${suspect} AS x
USING ${stage} AS s
WHERE ${x_key_is_s_key} AND x."~source" = ${s_source}
