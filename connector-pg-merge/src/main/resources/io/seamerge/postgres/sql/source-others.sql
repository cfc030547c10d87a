SELECT instance || '/' || database || '.' || "table"
FROM seamerge.source
WHERE target = :target
  AND (instance, database, "table") <> (:instance::text, :database::text, :table::text)
  AND (:any_instance OR instance = :instance)
  AND (:any_database OR database = :database)
  AND (:any_table OR "table" = :table)
ORDER BY 1
LIMIT 4
