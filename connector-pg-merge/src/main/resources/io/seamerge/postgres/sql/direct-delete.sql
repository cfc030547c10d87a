DELETE FROM ${target} AS t
USING ${stage} AS s
WHERE s."~operation" = 'D' AND ${t_key_is_s_key}
