DELETE FROM ${target} AS t
WHERE (${any_instance} OR ${t_instance} = :instance)
  AND (${any_database} OR ${t_database} = :database)
  AND (${any_table} OR ${t_table} = :table)${unmarked}
