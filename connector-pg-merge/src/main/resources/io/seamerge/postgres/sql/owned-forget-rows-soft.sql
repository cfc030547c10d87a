UPDATE ${target} AS t
SET ${marker} = ${marked}
FROM ${owners} AS m
WHERE m."~source" = :source AND ${t_key_is_m_key}${unmarked}
  AND ${is_unmarked_row}
