INSERT INTO ${kept}
SELECT ${t_key}, row_number() OVER (ORDER BY ${t_key})
FROM ${target} AS t
WHERE (${any_instance} OR ${t_instance} = :instance)
  AND (${any_database} OR ${t_database} = :database)
  AND (${any_table} OR ${t_table} = :table)${unmarked}
