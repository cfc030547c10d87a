-- A change that is older than what its own source has written there, though none of that time is being repeated.
SELECT f.instance || '/' || f.database || '.' || f."table" AS source,
       ${s_key_object} AS key,
       s."~incarnation" AS incarnation,
       s."~time" AS came_time,
       s."~row" AS came_row,
       m."~time" AS kept_time,
       m."~row" AS kept_row
FROM ${stage} AS s
JOIN ${kept} AS m ON ${m_key_is_s_key} AND m."~source" = s."~source"
JOIN seamerge.source AS f ON f.source_id = s."~source"
WHERE s."~operation" <> 'S'
  AND s."~incarnation" = m."~incarnation"
  AND (s."~time", s."~row") < (m."~time", m."~row")
  AND NOT EXISTS (
      SELECT FROM seamerge.progress AS p
      WHERE p.pipeline = :pipeline
        AND p.instance = f.instance
        AND (p.repeats_to_time, p.repeats_to_row) >= (s."~time", s."~row"))
ORDER BY came_time, came_row
LIMIT 1
