UPDATE ${target} AS t
SET ${marker} = ${marked}
FROM ${state} AS m
WHERE m."~source" = :source AND m."~deleted" AND ${t_key_is_m_key}
  AND ${is_unmarked_row}
