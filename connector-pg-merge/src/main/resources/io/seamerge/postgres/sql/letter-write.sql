INSERT INTO seamerge.dead_letter
    (pipeline, target, relation, instance, database, "table", key, operation, image,
     incarnation, version_time, version_row, sqlstate, message)
SELECT :pipeline, :target, :relation, :instance::text, :database::text, :table::text, ${s_key_object}, :operation,
       :image::json, :incarnation::bigint, :version_time::bigint, :version_row::bigint, :sqlstate::text, :message
FROM ${stage} AS s
