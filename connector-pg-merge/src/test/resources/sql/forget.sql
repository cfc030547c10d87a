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

-- forget-keep
CREATE TEMPORARY TABLE pg_temp."forgotten" ON COMMIT DROP AS
SELECT "_source_instance", "id", 0::bigint AS "~number"
FROM "shop"."orders"
WITH NO DATA;

-- forget-keep-direct
INSERT INTO pg_temp."forgotten"
SELECT t."_source_instance", t."id", row_number() OVER (ORDER BY t."_source_instance", t."id")
FROM "shop"."orders" AS t
WHERE (false OR t."_source_instance" = :instance)
  AND (true OR NULL::text = :database)
  AND (false OR t."_source_table" = :table)
  AND NOT EXISTS (SELECT FROM "seamerge"."keys:shop.orders" AS k WHERE k."_source_instance" = t."_source_instance" AND k."id" = t."id" AND k."~source" = 0);

-- forget-kept
DELETE FROM "shop"."orders" AS t
USING pg_temp."forgotten" AS k
WHERE k."~number" BETWEEN :first AND :last AND k."_source_instance" = t."_source_instance" AND k."id" = t."id";

-- forget-letter
INSERT INTO seamerge.dead_letter
    (pipeline, target, relation, instance, database, "table", key, operation, image,
     incarnation, version_time, version_row, sqlstate, message, sources)
SELECT :pipeline, :table_name, :relation, :instance, :database, :table, jsonb_build_object('_source_instance', lower(k."_source_instance"::text), 'id', k."id"), 'delete', (SELECT to_jsonb(r) FROM (SELECT k."_source_instance", k."id") AS r),
       :incarnation, :version_time, :version_row, :sqlstate, :message, NULL::text
FROM pg_temp."forgotten" AS k
WHERE k."~number" = :number;

-- forget-show
SELECT jsonb_build_object('_source_instance', lower(k."_source_instance"::text), 'id', k."id")::text FROM pg_temp."forgotten" AS k WHERE k."~number" = :number;

-- forget-keep
CREATE TEMPORARY TABLE pg_temp."forgotten" ON COMMIT DROP AS
SELECT "id", 0::bigint AS "~number"
FROM "shop"."customers"
WITH NO DATA;

-- forget-keep-row
INSERT INTO pg_temp."forgotten"
SELECT m."id", row_number() OVER (ORDER BY m."id")
FROM "seamerge"."state:shop.customers" AS m
WHERE m."~source" = :source AND NOT m."~deleted";

-- forget-kept-soft
UPDATE "shop"."customers" AS t
SET "_deleted" = true
FROM pg_temp."forgotten" AS k
WHERE k."~number" BETWEEN :first AND :last AND k."id" = t."id"
  AND NOT t."_deleted";

-- row-forget
UPDATE "seamerge"."state:shop.customers" AS m
SET "~deleted" = true
WHERE m."~source" = :source AND NOT m."~deleted";

-- forget-keep-owned
INSERT INTO pg_temp."forgotten"
SELECT m."id", row_number() OVER (ORDER BY m."id")
FROM "seamerge"."owners:shop.orders" AS m
WHERE m."~source" = :source
  AND NOT EXISTS (SELECT FROM "seamerge"."keys:shop.orders" AS k WHERE k."id" = m."id" AND k."~source" = m."~source");

-- forget-kept-owners
DELETE FROM "seamerge"."owners:shop.orders" AS m
USING pg_temp."forgotten" AS k
WHERE k."~number" <> ALL (:refused::bigint[]) AND k."id" = m."id";

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

