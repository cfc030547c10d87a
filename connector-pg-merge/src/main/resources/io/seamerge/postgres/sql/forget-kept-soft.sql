UPDATE ${target} AS t
SET ${marker} = ${marked}
FROM ${kept} AS k
WHERE k."~number" BETWEEN :first AND :last AND ${k_key_is_t_key}
  AND ${is_unmarked_row}
