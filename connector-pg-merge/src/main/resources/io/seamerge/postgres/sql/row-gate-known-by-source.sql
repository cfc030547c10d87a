-- As row-gate-known, with the source before the time.
WITH won AS (
    UPDATE ${state} AS m
    SET "~merged_time" = s."~merged_time",
        "~source" = s."~source",
        "~incarnation" = s."~incarnation",
        "~time" = s."~time",
        "~row" = s."~row",
        "~deleted" = s."~operation" = 'D',
        "~displaced_source" = m."~source",
        "~displaced_deleted" = m."~deleted",
        "~displaced_merged_time" = CASE WHEN m."~source" <> s."~source" THEN m."~merged_time" END,
        "~displaced_incarnation" = CASE WHEN m."~source" <> s."~source" THEN m."~incarnation" END,
        "~displaced_time" = CASE WHEN m."~source" <> s."~source" THEN m."~time" END,
        "~displaced_row" = CASE WHEN m."~source" <> s."~source" THEN m."~row" END
    FROM (
        SELECT s.*, m.ctid AS "~place"
        FROM (
            SELECT DISTINCT ON (${s_key})
                ${s_key}, s."~operation", s."~source", s."~merged_time", s."~incarnation", s."~time", s."~row"
            FROM ${stage} AS s
            ORDER BY ${s_key}, array_position(:ranks::integer[], s."~source")
        ) AS s
        JOIN ${state} AS m ON ${m_key_is_s_key}
        WHERE CASE
               WHEN s."~source" = m."~source"
               THEN (s."~merged_time", s."~incarnation", s."~time", s."~row")
                    > (m."~merged_time", m."~incarnation", m."~time", m."~row")
               ELSE array_position(:ranks::integer[], s."~source") < array_position(:ranks::integer[], m."~source")
           END
        ORDER BY ${s_key}
        FOR UPDATE OF m
    ) AS s
    WHERE m.ctid = s."~place"
    RETURNING m.*
)
INSERT INTO ${won}
SELECT ${key}, "~source", "~displaced_source", "~displaced_deleted",
       "~displaced_merged_time", "~displaced_incarnation", "~displaced_time", "~displaced_row"
FROM won
