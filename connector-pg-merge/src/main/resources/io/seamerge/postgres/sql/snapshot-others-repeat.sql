SELECT EXISTS (
    SELECT FROM seamerge.snapshot
    WHERE target = :target
      AND repeated
      AND state = 'begun'
      AND (pipeline, instance, database, "table") <> (:pipeline, :instance, :database, :table))
