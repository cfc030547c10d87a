-- keys-create
CREATE TABLE "seamerge"."keys:shop.orders" AS
SELECT "_source_instance", "id",
       0::integer AS "~source"
FROM "shop"."orders"
WITH NO DATA;

-- keys-key
ALTER TABLE "seamerge"."keys:shop.orders" ADD PRIMARY KEY ("_source_instance", "id", "~source");

-- direct-mark
INSERT INTO "seamerge"."keys:shop.orders" ("_source_instance", "id", "~source")
SELECT DISTINCT s."_source_instance", s."id", 0
FROM pg_temp."stage_0" AS s
ORDER BY s."_source_instance", s."id"
ON CONFLICT DO NOTHING;

-- direct-forget
DELETE FROM "shop"."orders" AS t
WHERE (false OR t."_source_instance" = :instance)
  AND (true OR NULL::text = :database)
  AND (false OR t."_source_table" = :table)
  AND NOT EXISTS (SELECT FROM "seamerge"."keys:shop.orders" AS k WHERE k."_source_instance" = t."_source_instance" AND k."id" = t."id" AND k."~source" = 0);

-- direct-forget
DELETE FROM "shop"."orders" AS t
WHERE (false OR t."_source_instance" = :instance)
  AND (true OR NULL::text = :database)
  AND (false OR t."_source_table" = :table);

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
  AND NOT EXISTS (SELECT FROM "seamerge"."keys:shop.orders" AS k WHERE d.key = jsonb_build_object('_source_instance', lower(k."_source_instance"::text), 'id', k."id") AND k."~source" = CASE WHEN false THEN :source::integer ELSE 0 END);

-- keys-clear
DELETE FROM "seamerge"."keys:shop.orders" WHERE "~source" = :source;

-- row-mark
INSERT INTO "seamerge"."keys:shop.customers" ("id", "~source")
SELECT DISTINCT s."id", s."~source"
FROM pg_temp."stage_2" AS s
ORDER BY s."id"
ON CONFLICT DO NOTHING;

-- row-forget
UPDATE "seamerge"."state:shop.customers" AS m
SET "~deleted" = true
WHERE m."~source" = :source AND NOT m."~deleted"
  AND NOT EXISTS (SELECT FROM "seamerge"."keys:shop.customers" AS k WHERE k."id" = m."id" AND k."~source" = m."~source");

-- row-forget-rows-soft
UPDATE "shop"."customers" AS t
SET "_deleted" = true
FROM "seamerge"."state:shop.customers" AS m
WHERE m."~source" = :source AND m."~deleted" AND t."id" = m."id"
  AND NOT t."_deleted";

-- direct-forget-soft
UPDATE t AS t
SET "gone_at" = now()
WHERE (true OR NULL::text = :instance)
  AND (true OR NULL::text = :database)
  AND (true OR NULL::text = :table)
  AND t."gone_at" IS NULL;

