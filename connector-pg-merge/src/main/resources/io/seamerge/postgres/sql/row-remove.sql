DELETE FROM ${target} AS t
USING ${won} AS s
WHERE ${t_key_is_s_key}
