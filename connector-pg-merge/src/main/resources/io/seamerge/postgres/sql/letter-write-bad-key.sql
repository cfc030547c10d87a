INSERT INTO seamerge.dead_letter
    (pipeline, target, relation, instance, database, "table", key, operation, image,
     incarnation, version_time, version_row, sqlstate, message, in_state, sources, merged)
VALUES
    (:pipeline, :target, :relation, :instance::text, :database::text, :table::text, :key::jsonb, :operation,
     :image::json, :incarnation::bigint, :version_time::bigint, :version_row::bigint, :sqlstate::text, :message, :in_state, :sources::text, :merged::text)
