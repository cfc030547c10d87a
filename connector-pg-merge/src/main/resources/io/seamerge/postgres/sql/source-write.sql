INSERT INTO seamerge.source (pipeline, instance, database, "table", target)
VALUES (:pipeline, :instance, :database, :table, :target)
ON CONFLICT DO NOTHING
