SELECT target, instance, database, "table", source_id
FROM seamerge.source
WHERE pipeline = :pipeline
