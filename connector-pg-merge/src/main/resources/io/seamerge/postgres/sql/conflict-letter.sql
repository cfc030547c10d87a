INSERT INTO seamerge.dead_letter
    (pipeline, target, relation, instance, database, "table", key, operation, image,
     incarnation, version_time, version_row, message, in_state)
SELECT :pipeline, :target, :relation, l.instance, l.database, l."table", ${s_key_object},
       CASE s."~operation" WHEN 'S' THEN 'snapshot' WHEN 'I' THEN 'insert' WHEN 'U' THEN 'update' ELSE 'delete' END,
       ${s_image}, s."~incarnation", s."~time", s."~row",
       'It lost against ' || w.instance || '/' || w.database || '.' || w."table", true
FROM ${stage} AS s
JOIN ${state} AS m ON ${m_key_is_s_key}
JOIN seamerge.source AS l ON l.source_id = s."~source"
JOIN seamerge.source AS w ON w.source_id = m."~source"
WHERE m."~source" <> s."~source"
  AND NOT EXISTS (SELECT FROM ${won} AS w WHERE ${w_key_is_s_key} AND w."~source" = s."~source")
