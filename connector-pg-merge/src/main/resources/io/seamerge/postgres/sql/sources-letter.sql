-- One for the key, with the last thing that its sources' states have taken in.
INSERT INTO seamerge.dead_letter
    (pipeline, target, relation, instance, database, "table", key, operation, image,
     incarnation, version_time, version_row, sqlstate, message, in_state, sources, merged)
SELECT :pipeline, :table_name, :relation, f.instance, f.database, f."table", ${s_key_object},
       CASE WHEN e."~deleted" THEN 'delete' WHEN e."~snapshot" THEN 'snapshot' ELSE 'update' END, ${e_image},
       e."~incarnation", e."~time", e."~row", :sqlstate, :message, true, :sources, :merged
FROM ${touched} AS s
JOIN ${sources} AS e ON ${e_key_is_s_key} AND e."~source" = s."~source"
JOIN seamerge.source AS f ON f.source_id = e."~source"
ORDER BY e."~time" DESC, e."~row" DESC, e."~source"
LIMIT 1
