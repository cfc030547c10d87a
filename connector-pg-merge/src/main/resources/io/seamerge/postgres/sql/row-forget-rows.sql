DELETE FROM ${target} AS t
USING ${state} AS m
WHERE m."~source" = :source AND m."~deleted" AND ${t_key_is_m_key}
