-- owned-gate
WITH met AS MATERIALIZED (
    SELECT s."id", s."~operation", s."~source", s."~merged_time", m."~source" AS "~owner"
    FROM pg_temp."stage_0" AS s
    LEFT JOIN "seamerge"."owners:shop.orders" AS m ON m."id" = s."id"
    WHERE NOT EXISTS (SELECT FROM pg_temp."won_0" AS w WHERE w."id" = s."id" AND w."~source" = s."~source")
), taken AS (
    INSERT INTO "seamerge"."owners:shop.orders" AS m ("id", "~source")
    SELECT DISTINCT ON (s."id") s."id", s."~source"
    FROM met AS s
    WHERE s."~owner" IS NULL AND true
    ORDER BY s."id", s."~merged_time", s."~source"
    ON CONFLICT ("id") DO NOTHING
    RETURNING m."id", m."~source"
)
INSERT INTO pg_temp."won_0" ("id", "~source", "~displaced_source")
SELECT s."id", s."~source", s."~source"
FROM met AS s
WHERE s."~owner" = s."~source" OR s."~owner" IS NULL AND NOT (true)
UNION ALL
SELECT "id", "~source", NULL
FROM taken;

-- owned-forget-rows-soft
UPDATE "shop"."orders" AS t
SET "_deleted" = true
FROM "seamerge"."owners:shop.orders" AS m
WHERE m."~source" = :source AND t."id" = m."id"
  AND NOT t."_deleted";

