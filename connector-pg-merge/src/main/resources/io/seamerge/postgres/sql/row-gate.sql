-- The state's row is the lock of its key, whether or not the change wins. A statement of its own: what follows must see
-- what others committed while this one waited.
WITH won AS (
    INSERT INTO ${state} AS m
        (${key}, "~merged_time", "~source", "~incarnation", "~time", "~row", "~deleted")
    SELECT DISTINCT ON (${s_key})
        ${s_key}, s."~merged_time", s."~source", s."~incarnation", s."~time", s."~row", s."~operation" = 'D'
    FROM ${stage} AS s
    ORDER BY ${s_key}, s."~merged_time" DESC, array_position(:ranks::integer[], s."~source")
    ON CONFLICT (${key}) DO UPDATE
    SET "~merged_time" = EXCLUDED."~merged_time",
        "~source" = EXCLUDED."~source",
        "~incarnation" = EXCLUDED."~incarnation",
        "~time" = EXCLUDED."~time",
        "~row" = EXCLUDED."~row",
        "~deleted" = EXCLUDED."~deleted",
        "~displaced_source" = m."~source",
        "~displaced_deleted" = m."~deleted"
    WHERE EXCLUDED."~merged_time" > m."~merged_time"
       OR EXCLUDED."~merged_time" = m."~merged_time"
       AND CASE
           WHEN EXCLUDED."~source" = m."~source"
           THEN (EXCLUDED."~incarnation", EXCLUDED."~time", EXCLUDED."~row") > (m."~incarnation", m."~time", m."~row")
           ELSE array_position(:ranks::integer[], EXCLUDED."~source") < array_position(:ranks::integer[], m."~source")
       END
    RETURNING *
), displacing AS (
    SELECT s."~operation" AS operation,
           m."~source" AS winner,
           m."~displaced_source" AS loser,
           m."~displaced_deleted" AS on_deleted
    FROM won AS m
    JOIN ${stage} AS s ON ${m_key_is_s_key} AND s."~source" = m."~source"
    WHERE m."~displaced_source" <> m."~source"
)
INSERT INTO seamerge.conflict_counter AS c
    (pipeline, target, type, resolution, winner_source, loser_source, lane, count)
SELECT :pipeline, :target, ${type}, 'applied', winner, loser, :lane, count(*)
FROM displacing
GROUP BY 3, 5, 6
ON CONFLICT (pipeline, target, type, resolution, winner_source, loser_source, lane)
DO UPDATE SET count = c.count + EXCLUDED.count
