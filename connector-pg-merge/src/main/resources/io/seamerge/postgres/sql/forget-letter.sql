INSERT INTO seamerge.dead_letter
    (pipeline, target, relation, instance, database, "table", key, operation, image,
     incarnation, version_time, version_row, sqlstate, message, sources)
SELECT :pipeline, :table_name, :relation, :instance, :database, :table, ${k_key_object}, 'delete', ${k_key_image},
       :incarnation, :version_time, :version_row, :sqlstate, :message, ${owners_name}
FROM ${kept} AS k
WHERE k."~number" = :number
