-- What row-gate does, for keys that are in the state already, at half the cost. The rows are locked as they are updated, in
-- the order of keys; one that another transaction has changed meanwhile is compared again. Where all that is staged was let
-- in and has displaced nothing of another source, ${won} stays empty: it would say the same as the staging table.
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
        SELECT DISTINCT ON (${s_key})
            ${s_key}, s."~operation", s."~source", s."~merged_time", s."~incarnation", s."~time", s."~row"
        FROM ${stage} AS s
        ORDER BY ${s_key}, s."~merged_time" DESC, array_position(:ranks::integer[], s."~source")
    ) AS s
    WHERE ${m_key_is_s_key}
      AND (s."~merged_time" > m."~merged_time"
          OR s."~merged_time" = m."~merged_time"
          AND CASE
              WHEN s."~source" = m."~source"
              THEN (s."~incarnation", s."~time", s."~row") > (m."~incarnation", m."~time", m."~row")
              ELSE array_position(:ranks::integer[], s."~source") < array_position(:ranks::integer[], m."~source")
          END)
    RETURNING ${m_key}, m."~source", m."~displaced_source", m."~displaced_deleted",
              m."~displaced_merged_time", m."~displaced_incarnation", m."~displaced_time", m."~displaced_row"
), counted AS (
    SELECT count(*) AS won,
           :noted::boolean OR count(*) < :staged OR count(*) FILTER (WHERE "~displaced_source" <> "~source") > 0 AS noted
    FROM won
), noted AS (
    INSERT INTO ${won}
    SELECT won.*
    FROM won
    WHERE (SELECT noted FROM counted)
)
SELECT won, noted FROM counted
