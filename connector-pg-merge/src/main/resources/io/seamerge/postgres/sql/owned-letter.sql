-- What another source owns: its earlier letters give way to the latest. Of a deletion nothing is to be kept.
WITH lost AS (
    SELECT ${s_key_object} AS key, s."~operation" AS operation, ${s_image} AS image,
           s."~incarnation" AS incarnation, s."~time" AS version_time, s."~row" AS version_row,
           l.instance, l.database, l."table", w.instance || '/' || w.database || '.' || w."table" AS owner
    FROM ${stage} AS s
    JOIN ${owners} AS m ON ${m_key_is_s_key}
    JOIN seamerge.source AS l ON l.source_id = s."~source"
    JOIN seamerge.source AS w ON w.source_id = m."~source"
    WHERE m."~source" <> s."~source"
      AND NOT EXISTS (SELECT FROM ${won} AS w WHERE ${w_key_is_s_key} AND w."~source" = s."~source")
), void AS (
    UPDATE seamerge.dead_letter AS d
    SET superseded_at = now()
    FROM lost AS s
    WHERE d.target = :target
      AND (d.instance, d.database, d."table") = (s.instance, s.database, s."table")
      AND d.superseded_at IS NULL
      AND d.replayed_at IS NULL
      AND d.key = s.key
)
INSERT INTO seamerge.dead_letter
    (pipeline, target, relation, instance, database, "table", key, operation, image,
     incarnation, version_time, version_row, message, in_state, sources)
SELECT :pipeline, :target, :relation, instance, database, "table", key,
       CASE operation WHEN 'S' THEN 'snapshot' WHEN 'I' THEN 'insert' ELSE 'update' END,
       image, incarnation, version_time, version_row, 'The key belongs to ' || owner, false, :owners
FROM lost
WHERE operation <> 'D'
