UPDATE ${target} AS t
SET ${set_from_s_and}"~deleted" = false
FROM ${suspect} AS s
WHERE s."~turn"
  AND s."~operation" NOT IN ('D', 'X', 'M', 'N')
  AND ${t_key_is_s_key}
  AND t.xmin::text = s."~xmin"
