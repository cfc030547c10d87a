-- direct-stage
CREATE TEMPORARY TABLE pg_temp."stage_0" ON COMMIT DELETE ROWS AS
SELECT "id", "_source_instance", "total",
       'I'::"char" AS "~operation"
FROM "shop"."orders"
WITH NO DATA;

-- direct-copy
COPY pg_temp."stage_0" ("id", "_source_instance", "total", "~operation") FROM STDIN;

-- direct-copy-binary
COPY pg_temp."stage_0" ("id", "_source_instance", "total", "~operation") FROM STDIN (FORMAT binary);

-- direct-keys
COPY pg_temp."stage_0" ("_source_instance", "id") FROM STDIN (FORMAT binary);

-- direct-delete
DELETE FROM "shop"."orders" AS t
USING pg_temp."stage_0" AS s
WHERE s."~operation" = 'D' AND t."_source_instance" = s."_source_instance" AND t."id" = s."id";

-- direct-update
UPDATE "shop"."orders" AS t
SET "total" = s."total"
FROM pg_temp."stage_0" AS s
WHERE t."_source_instance" = s."_source_instance" AND t."id" = s."id" AND s."~operation" <> 'D';

-- direct-insert
INSERT INTO "shop"."orders" AS t ("id", "_source_instance", "total")
SELECT s."id", s."_source_instance", s."total"
FROM pg_temp."stage_0" AS s
WHERE s."~operation" <> 'D'
  AND NOT EXISTS (SELECT FROM "shop"."orders" AS t WHERE t."_source_instance" = s."_source_instance" AND t."id" = s."id")
ORDER BY s."_source_instance", s."id"
ON CONFLICT ("_source_instance", "id") DO UPDATE SET "total" = EXCLUDED."total";

-- direct-upsert
INSERT INTO "shop"."orders" AS t ("id", "_source_instance", "total")
SELECT s."id", s."_source_instance", s."total"
FROM pg_temp."stage_0" AS s
WHERE s."~operation" <> 'D'
ORDER BY s."_source_instance", s."id"
ON CONFLICT ("_source_instance", "id") DO UPDATE SET "total" = EXCLUDED."total";

-- rows-copy
COPY "shop"."orders" ("id", "_source_instance", "total") FROM STDIN (FORMAT binary);

-- letter-supersede
UPDATE seamerge.dead_letter AS d
SET superseded_at = now()
FROM pg_temp."stage_0" AS s
WHERE d.target = :target
  AND d.superseded_at IS NULL
  AND d.replayed_at IS NULL
  AND d.key = jsonb_build_object('_source_instance', lower(s."_source_instance"::text), 'id', s."id");

-- direct-empty
TRUNCATE pg_temp."stage_0";

-- letter-write
INSERT INTO seamerge.dead_letter
    (pipeline, target, relation, instance, database, "table", key, operation, image,
     incarnation, version_time, version_row, sqlstate, message, in_state, sources, merged)
SELECT :pipeline, :target, :relation, :instance::text, :database::text, :table::text, jsonb_build_object('_source_instance', lower(s."_source_instance"::text), 'id', s."id"), :operation,
       :image::json, :incarnation::bigint, :version_time::bigint, :version_row::bigint, :sqlstate::text, :message, :in_state, :sources::text, :merged::text
FROM pg_temp."stage_0" AS s;

-- direct-unstage
DROP TABLE pg_temp."stage_0";

