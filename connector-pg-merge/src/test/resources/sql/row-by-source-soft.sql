-- row-gate-known-by-source
WITH won AS (
    UPDATE "seamerge"."state:shop.customers" AS m
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
        SELECT DISTINCT ON (s."id")
            s."id", s."~operation", s."~source", s."~merged_time", s."~incarnation", s."~time", s."~row"
        FROM pg_temp."stage_2" AS s
        ORDER BY s."id", array_position(:ranks::integer[], s."~source")
    ) AS s
    WHERE m."id" = s."id"
      AND CASE
           WHEN s."~source" = m."~source"
           THEN (s."~merged_time", s."~incarnation", s."~time", s."~row")
                > (m."~merged_time", m."~incarnation", m."~time", m."~row")
           ELSE array_position(:ranks::integer[], s."~source") < array_position(:ranks::integer[], m."~source")
       END
    RETURNING m."id", m."~source", m."~displaced_source", m."~displaced_deleted",
              m."~displaced_merged_time", m."~displaced_incarnation", m."~displaced_time", m."~displaced_row"
), counted AS (
    SELECT count(*) AS won,
           :noted::boolean OR count(*) < :staged OR count(*) FILTER (WHERE "~displaced_source" <> "~source") > 0 AS noted
    FROM won
), noted AS (
    INSERT INTO pg_temp."won_2"
    SELECT won.*
    FROM won
    WHERE (SELECT noted FROM counted)
)
SELECT won, noted FROM counted;

-- row-gate-by-source
WITH won AS (
    INSERT INTO "seamerge"."state:shop.customers" AS m
        ("id", "~merged_time", "~source", "~incarnation", "~time", "~row", "~deleted")
    SELECT DISTINCT ON (s."id")
        s."id", s."~merged_time", s."~source", s."~incarnation", s."~time", s."~row", s."~operation" = 'D'
    FROM pg_temp."stage_2" AS s
    LEFT JOIN "seamerge"."state:shop.customers" AS m ON m."id" = s."id"
    WHERE m."~source" IS NULL
       OR CASE
           WHEN s."~source" = m."~source"
           THEN (s."~merged_time", s."~incarnation", s."~time", s."~row")
                > (m."~merged_time", m."~incarnation", m."~time", m."~row")
           ELSE array_position(:ranks::integer[], s."~source") < array_position(:ranks::integer[], m."~source")
       END
       OR s."~operation" = 'S' AND s."~source" = m."~source"
    ORDER BY s."id", array_position(:ranks::integer[], s."~source")
    ON CONFLICT ("id") DO UPDATE
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
INSERT INTO pg_temp."won_2"
SELECT "id", "~source", "~displaced_source", "~displaced_deleted",
       "~displaced_merged_time", "~displaced_incarnation", "~displaced_time", "~displaced_row"
FROM won;

-- row-upsert
INSERT INTO "shop"."customers" AS t ("id", "name", "_deleted")
SELECT s."id", s."name", s."_deleted"
FROM pg_temp."stage_2" AS s
JOIN pg_temp."won_2" AS w ON w."id" = s."id" AND w."~source" = s."~source"
WHERE true
ORDER BY s."id"
ON CONFLICT ("id") DO UPDATE SET "name" = EXCLUDED."name", "_deleted" = EXCLUDED."_deleted";

