UPDATE ${target} AS t
SET "~deleted" = true
FROM ${suspect} AS s
WHERE s."~turn"
  AND s."~operation" IN ('D', 'X')
  AND ${t_key_is_s_key}
  AND t.xmin::text = s."~xmin"
