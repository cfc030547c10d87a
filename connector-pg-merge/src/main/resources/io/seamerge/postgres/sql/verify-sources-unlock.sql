DELETE FROM ${state} AS m
USING ${suspect} AS s
WHERE s."~turn"
  AND ${m_key_is_s_key}
  AND m."~source" IS NULL
