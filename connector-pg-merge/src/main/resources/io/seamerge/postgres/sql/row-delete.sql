DELETE FROM ${target} AS t
USING ${stage} AS s
JOIN ${won} AS w ON ${w_key_is_s_key} AND w."~source" = s."~source"
WHERE s."~operation" = 'D' AND ${t_key_is_s_key}
