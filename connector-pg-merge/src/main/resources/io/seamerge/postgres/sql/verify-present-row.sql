-- What its winner has, or no source has, whatever the state said; the version stays.
UPDATE ${state} AS m
SET "~deleted" = s."~operation" IN ('D', 'X')
FROM ${suspect} AS s
LEFT JOIN ${target} AS t ON ${t_key_is_s_key}
WHERE s."~turn"
  AND ${m_key_is_s_key}
  AND m."~deleted" <> (s."~operation" IN ('D', 'X'))
  AND (s."~operation" = 'X' OR m."~source" = s."~source")
  AND t.xmin::text IS NOT DISTINCT FROM s."~xmin"
