DELETE FROM ${target} AS t
USING ${owners} AS m
WHERE m."~source" = :source AND ${t_key_is_m_key}${unmarked}
