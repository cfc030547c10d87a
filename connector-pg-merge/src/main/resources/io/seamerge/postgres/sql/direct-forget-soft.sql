UPDATE ${target} AS t
SET ${marker} = ${marked}
WHERE (${any_instance} OR ${t_instance} = :instance)
  AND (${any_database} OR ${t_database} = :database)
  AND (${any_table} OR ${t_table} = :table)${unmarked}
  AND ${is_unmarked_row}
