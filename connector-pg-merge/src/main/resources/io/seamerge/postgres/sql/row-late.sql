-- Whether its key was deleted since is forgotten: it must not bring a row back.
WITH late AS (
    DELETE FROM ${stage} AS s
    WHERE s."~operation" <> 'S'
      AND s."~merged_time" <= :cut_time
      AND NOT EXISTS (SELECT FROM ${state} AS m WHERE ${m_key_is_s_key})
    RETURNING *
)
INSERT INTO seamerge.dead_letter
    (pipeline, target, relation, instance, database, "table", key, operation, image,
     incarnation, version_time, version_row, message)
SELECT :pipeline, :target, :relation, f.instance, f.database, f."table", ${s_key_object},
       CASE s."~operation" WHEN 'I' THEN 'insert' ELSE 'update' END, ${s_image},
       s."~incarnation", s."~time", s."~row",
       'It comes after its source had passed it (version time ' || :cut_time || '), and whether its key was deleted since is forgotten'
FROM late AS s
JOIN seamerge.source AS f ON f.source_id = s."~source"
WHERE s."~operation" <> 'D'
