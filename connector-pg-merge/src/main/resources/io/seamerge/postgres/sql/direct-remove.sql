DELETE FROM ${target} AS t
USING ${stage} AS s
WHERE ${t_key_is_s_key}
