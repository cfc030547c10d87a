-- As row-gate, with the source before the time: what a preferred source has ever written stands.
WITH won AS (
    INSERT INTO ${state} AS m
        (${key}, "~merged_time", "~source", "~incarnation", "~time", "~row", "~deleted")
    SELECT DISTINCT ON (${s_key})
        ${s_key}, s."~merged_time", s."~source", s."~incarnation", s."~time", s."~row", s."~operation" = 'D'
    FROM ${stage} AS s
    LEFT JOIN ${state} AS m ON ${m_key_is_s_key}
    WHERE m."~source" IS NULL
       OR CASE
           WHEN s."~source" = m."~source"
           THEN (s."~merged_time", s."~incarnation", s."~time", s."~row")
                > (m."~merged_time", m."~incarnation", m."~time", m."~row")
           ELSE array_position(:ranks::integer[], s."~source") < array_position(:ranks::integer[], m."~source")
       END
       OR s."~operation" = 'S' AND s."~source" = m."~source"
    ORDER BY ${s_key}, array_position(:ranks::integer[], s."~source")
    ON CONFLICT (${key}) DO UPDATE
    SET "~merged_time" = EXCLUDED."~merged_time",
        "~source" = EXCLUDED."~source",
        "~incarnation" = EXCLUDED."~incarnation",
        "~time" = EXCLUDED."~time",
        "~row" = EXCLUDED."~row",
        "~deleted" = EXCLUDED."~deleted",
        "~displaced_source" = m."~source",
        "~displaced_deleted" = m."~deleted",
        "~displaced_merged_time" = CASE WHEN m."~source" <> EXCLUDED."~source" THEN m."~merged_time" END,
        "~displaced_incarnation" = CASE WHEN m."~source" <> EXCLUDED."~source" THEN m."~incarnation" END,
        "~displaced_time" = CASE WHEN m."~source" <> EXCLUDED."~source" THEN m."~time" END,
        "~displaced_row" = CASE WHEN m."~source" <> EXCLUDED."~source" THEN m."~row" END
    WHERE CASE
           WHEN EXCLUDED."~source" = m."~source"
           THEN (EXCLUDED."~merged_time", EXCLUDED."~incarnation", EXCLUDED."~time", EXCLUDED."~row")
                > (m."~merged_time", m."~incarnation", m."~time", m."~row")
           ELSE array_position(:ranks::integer[], EXCLUDED."~source") < array_position(:ranks::integer[], m."~source")
       END
    RETURNING *
)
INSERT INTO ${won}
SELECT ${key}, "~source", "~displaced_source", "~displaced_deleted",
       "~displaced_merged_time", "~displaced_incarnation", "~displaced_time", "~displaced_row"
FROM won
