-- sources-unview
DROP VIEW IF EXISTS "seamerge"."merged:shop.customers";

-- sources-view
CREATE VIEW "seamerge"."merged:shop.customers" AS
SELECT q.*, NOT q."~absent" AS "~stays"
FROM (
WITH entry AS (
    SELECT e.*, r.instance AS "~instance", r.rank AS "~rank"
    FROM "seamerge"."sources:shop.customers" AS e
    JOIN (
        SELECT source_id, instance, row_number() OVER (
                   ORDER BY array_position(ARRAY['eu', 'us']::text[], instance),
                            instance COLLATE "C", database COLLATE "C", "table" COLLATE "C", pipeline COLLATE "C") AS rank
        FROM seamerge.source
        WHERE target = 'shop.customers'
    ) AS r ON r.source_id = e."~source"
), winner AS (
    SELECT DISTINCT ON (e."id") e.*, e."~deleted" AS "~absent"
    FROM entry AS e
    ORDER BY e."id", e."~deleted", e."~rank"
)
SELECT e."id", e."~source", e."~merged_time", e."~incarnation", e."~time", e."~row", e."~absent"
FROM winner AS e
) AS q;

-- sources-check
EXPLAIN INSERT INTO "shop"."customers" ("id")
OVERRIDING SYSTEM VALUE
SELECT "id"
FROM "seamerge"."merged:shop.customers";

