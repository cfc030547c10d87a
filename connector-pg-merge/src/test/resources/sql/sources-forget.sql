-- row-mark
INSERT INTO "seamerge"."keys:shop.customers" ("id", "~source")
SELECT DISTINCT s."id", s."~source"
FROM pg_temp."stage_3" AS s
ORDER BY s."id"
ON CONFLICT DO NOTHING;

-- sources-forget-lock
INSERT INTO "seamerge"."state:shop.customers" AS m ("id")
SELECT e."id"
FROM "seamerge"."sources:shop.customers" AS e
WHERE e."~source" = :source AND NOT e."~deleted"
  AND NOT EXISTS (SELECT FROM "seamerge"."keys:shop.customers" AS k WHERE k."id" = e."id" AND k."~source" = e."~source")
ORDER BY e."id"
ON CONFLICT ("id") DO UPDATE SET "~source" = m."~source" WHERE false;

-- sources-forget-unmarked
WITH gone AS (
    UPDATE "seamerge"."sources:shop.customers" AS e
    SET "~deleted" = true,
        "~snapshot" = false,
        "gone_at" = now()
    WHERE e."~source" = :source AND NOT e."~deleted"
  AND NOT EXISTS (SELECT FROM "seamerge"."keys:shop.customers" AS k WHERE k."id" = e."id" AND k."~source" = e."~source")
    RETURNING e."id", e."~source"
)
INSERT INTO pg_temp."touched_3"
SELECT "id", "~source"
FROM gone;

-- letter-forget-unmarked
UPDATE seamerge.dead_letter AS d
SET superseded_at = now()
FROM seamerge.snapshot AS h
WHERE (h.pipeline, h.instance, h.database, h."table", h.target) = (:pipeline, :instance, :database, :table, :target)
  AND d.target = :table_name
  AND d.instance = h.instance
  AND d.database = h.database
  AND d."table" = h."table"
  AND d.superseded_at IS NULL
  AND d.replayed_at IS NULL
  AND d.created_at < h.begun_at
  AND NOT EXISTS (SELECT FROM "seamerge"."keys:shop.customers" AS k WHERE d.key = jsonb_build_object('id', k."id") AND k."~source" = CASE WHEN true THEN :source::integer ELSE 0 END);

-- sources-forget-lock
INSERT INTO "seamerge"."state:shop.customers" AS m ("id")
SELECT e."id"
FROM "seamerge"."sources:shop.customers" AS e
WHERE e."~source" = :source AND NOT e."~deleted"
ORDER BY e."id"
ON CONFLICT ("id") DO UPDATE SET "~source" = m."~source" WHERE false;

-- sources-forget-all
WITH gone AS (
    UPDATE "seamerge"."sources:shop.customers" AS e
    SET "~deleted" = true,
        "~snapshot" = false,
        "~merged_time" = CASE WHEN true THEN e."~merged_time" ELSE :merged_time END,
        "~incarnation" = :incarnation,
        "~time" = :version_time,
        "~row" = :version_row,
        "gone_at" = now()
    WHERE e."~source" = :source AND NOT e."~deleted"
      AND (e."~incarnation", e."~time", e."~row") < (:incarnation, :version_time, :version_row)
    RETURNING e."id", e."~source"
)
INSERT INTO pg_temp."touched_3"
SELECT "id", "~source"
FROM gone;

-- tombstone-exists
SELECT EXISTS (SELECT FROM "seamerge"."state:shop.customers" WHERE "~deleted_time" <= :cut_time) AS there,
       NULL::bigint AS to_time;

-- tombstone-purge
DELETE FROM "seamerge"."state:shop.customers"
WHERE ctid = ANY (ARRAY(
    SELECT ctid
    FROM "seamerge"."state:shop.customers"
    WHERE "~deleted_time" <= :cut_time
    ORDER BY "~deleted_time"
    LIMIT :most));

-- sources-tombstone-exists
WITH looked AS (
    SELECT m.*
    FROM "seamerge"."state:shop.customers" AS m
    WHERE m."~deleted_time" > :from_time AND m."~deleted_time" <= :cut_time
    ORDER BY m."~deleted_time"
    FETCH FIRST :most ROWS WITH TIES
)
SELECT coalesce(bool_or(NOT EXISTS (
           SELECT FROM "seamerge"."sources:shop.customers" AS e
           WHERE e."id" = m."id" AND (NOT e."~deleted" OR e."~merged_time" > :cut_time))), false) AS there,
       CASE WHEN count(*) >= :most THEN max(m."~deleted_time") END AS to_time
FROM looked AS m;

-- sources-tombstone-purge
WITH gone AS (
    DELETE FROM "seamerge"."state:shop.customers"
    WHERE ctid = ANY (ARRAY(
        SELECT m.ctid
        FROM "seamerge"."state:shop.customers" AS m
        WHERE m."~deleted_time" > :from_time AND m."~deleted_time" <= coalesce(:to_time, :cut_time)
          AND NOT EXISTS (SELECT FROM "seamerge"."sources:shop.customers" AS e WHERE e."id" = m."id" AND (NOT e."~deleted" OR e."~merged_time" > :cut_time))
        ORDER BY m."~deleted_time"
        LIMIT :most))
    RETURNING "id"
)
DELETE FROM "seamerge"."sources:shop.customers" AS e
USING gone AS m
WHERE e."id" = m."id";

-- sources-count
SELECT count(*) FROM "seamerge"."sources:shop.customers";

-- sources-touch-slice
INSERT INTO pg_temp."touched_3"
SELECT e."id", e."~source"
FROM "seamerge"."sources:shop.customers" AS e
WHERE (hashtext(ROW(e."id")::text) & 2147483647) % :slices = :slice;

-- sources-merge
INSERT INTO pg_temp."won_3"
SELECT s.*,
       true OR m."~source" IS NULL OR m."~source" <> s."~source" OR m."~deleted" <> s."~absent"
           OR EXISTS (SELECT FROM pg_temp."touched_3" AS w WHERE w."id" = s."id" AND w."~source" = s."~source"),
       m."~source", m."~deleted", m."~merged_time", m."~incarnation", m."~time", m."~row"
FROM (
WITH entry AS (
    SELECT e.*, r.instance AS "~instance", r.rank AS "~rank"
    FROM (SELECT DISTINCT "id" FROM pg_temp."touched_3") AS w JOIN "seamerge"."sources:shop.customers" AS e ON w."id" = e."id"
    JOIN (
        SELECT source_id, instance, row_number() OVER (
                   ORDER BY array_position(ARRAY['eu', 'us']::text[], instance),
                            instance COLLATE "C", database COLLATE "C", "table" COLLATE "C", pipeline COLLATE "C") AS rank
        FROM seamerge.source
        WHERE target = 'shop.customers'
    ) AS r ON r.source_id = e."~source"
), winner AS (
    SELECT DISTINCT ON (e."id") e.*, bool_or(e."~deleted") OVER (PARTITION BY e."id") AS "~absent",
           max(e."gone_at") FILTER (WHERE e."~deleted") OVER (PARTITION BY e."id") AS "~gone_at"
    FROM entry AS e
    ORDER BY e."id", e."~merged_time" DESC, e."~rank"
), resolved AS (
    SELECT e."id", (array_agg(e."total" ORDER BY e."total" DESC, e."~rank") FILTER (WHERE NOT e."~deleted" AND e."total" IS NOT NULL))[1] AS "total"
    FROM entry AS e
    GROUP BY e."id"
)
SELECT e."id", e."na""me", CASE WHEN e."~absent" THEN e."total" ELSE v."total" END AS "total", CASE WHEN e."~absent" THEN e."~gone_at" END AS "gone_at", e."~source", e."~merged_time", e."~incarnation", e."~time", e."~row", e."~absent"
FROM winner AS e
LEFT JOIN resolved AS v ON v."id" = e."id"
) AS s
JOIN "seamerge"."state:shop.customers" AS m ON m."id" = s."id";

-- sources-head
UPDATE "seamerge"."state:shop.customers" AS m
SET "~merged_time" = s."~merged_time",
    "~source" = s."~source",
    "~incarnation" = s."~incarnation",
    "~time" = s."~time",
    "~row" = s."~row",
    "~deleted" = s."~absent"
FROM pg_temp."won_3" AS s
WHERE m."id" = s."id"
  AND s."~changed";

-- sources-upsert
INSERT INTO "shop"."customers" AS t ("id", "na""me", "total", "gone_at")
SELECT s."id", s."na""me", s."total", s."gone_at"
FROM pg_temp."won_3" AS s
WHERE s."~changed" AND true
ORDER BY s."id"
ON CONFLICT ("id") DO UPDATE SET "na""me" = EXCLUDED."na""me", "total" = EXCLUDED."total", "gone_at" = EXCLUDED."gone_at";

-- sources-forget-supersede
UPDATE seamerge.dead_letter AS d
SET superseded_at = now()
FROM pg_temp."won_3" AS s
WHERE s."~changed"
  AND d.target = :table_name
  AND d.superseded_at IS NULL
  AND d.replayed_at IS NULL
  AND d.in_state
  AND d.key = jsonb_build_object('id', s."id");

-- sources-keep-touched
CREATE TEMPORARY TABLE pg_temp."kept_3" ON COMMIT DROP AS
SELECT "id", "~source", dense_rank() OVER (ORDER BY "id") AS "~number"
FROM pg_temp."touched_3";

-- sources-count-touched
SELECT coalesce(max("~number"), 0) FROM pg_temp."kept_3";

-- sources-touch-again
INSERT INTO pg_temp."touched_3"
SELECT "id", "~source"
FROM pg_temp."kept_3"
WHERE "~number" BETWEEN :first AND :last;

-- sources-first-touched
SELECT jsonb_build_object('id', s."id")::text FROM pg_temp."touched_3" AS s LIMIT 1;

-- sources-letter-void
UPDATE seamerge.dead_letter AS d
SET superseded_at = now()
FROM pg_temp."touched_3" AS s
WHERE d.target = :table_name
  AND d.superseded_at IS NULL
  AND d.replayed_at IS NULL
  AND d.in_state
  AND d.key = jsonb_build_object('id', s."id");

-- sources-letter
INSERT INTO seamerge.dead_letter
    (pipeline, target, relation, instance, database, "table", key, operation, image,
     incarnation, version_time, version_row, sqlstate, message, in_state, sources, merged)
SELECT :pipeline, :table_name, :relation, f.instance, f.database, f."table", jsonb_build_object('id', s."id"),
       CASE WHEN e."~deleted" THEN 'delete' WHEN e."~snapshot" THEN 'snapshot' ELSE 'update' END, (SELECT to_jsonb(r) FROM (SELECT e."id", e."name", e."total", e."gone_at") AS r),
       e."~incarnation", e."~time", e."~row", :sqlstate, :message, true, :sources, :merged
FROM pg_temp."touched_3" AS s
JOIN "seamerge"."sources:shop.customers" AS e ON e."id" = s."id" AND e."~source" = s."~source"
JOIN seamerge.source AS f ON f.source_id = e."~source"
ORDER BY e."~time" DESC, e."~row" DESC, e."~source"
LIMIT 1;

-- sources-drop-touched
DROP TABLE pg_temp."kept_3";

