-- What is older than the state cannot win any more: it goes before it costs a lock. A snapshot row of the source that
-- has won stays: it replaces the image.
WITH stale AS (
    DELETE FROM ${stage} AS s
    USING ${state} AS m
    WHERE ${m_key_is_s_key}
      AND NOT (s."~operation" = 'S' AND s."~source" = m."~source")
      AND NOT (
          s."~merged_time" > m."~merged_time"
          OR s."~merged_time" = m."~merged_time"
          AND CASE
              WHEN s."~source" = m."~source"
              THEN (s."~incarnation", s."~time", s."~row") > (m."~incarnation", m."~time", m."~row")
              ELSE array_position(:ranks::integer[], s."~source") < array_position(:ranks::integer[], m."~source")
          END)
    RETURNING s."~operation" AS operation, s."~source" AS loser, m."~source" AS winner, m."~deleted" AS on_deleted
)
INSERT INTO seamerge.conflict_counter AS c
    (pipeline, target, type, resolution, winner_source, loser_source, lane, count)
SELECT :pipeline, :target, ${type}, 'discarded', winner, loser, :lane, count(*)
FROM stale
WHERE winner <> loser
GROUP BY 3, 5, 6
ON CONFLICT (pipeline, target, type, resolution, winner_source, loser_source, lane)
DO UPDATE SET count = c.count + EXCLUDED.count
