DELETE FROM ${target} AS t
USING ${stage} AS s, ${state} AS m
WHERE s."~operation" = 'D'
  AND ${t_key_is_s_key}
  AND ${m_key_is_s_key}
  AND m."~source" = s."~source"
  AND m."~deleted"
