-- direct-stage
CREATE TEMPORARY TABLE pg_temp."stage_1" ON COMMIT DELETE ROWS AS
SELECT "id",
       'I'::"char" AS "~operation"
FROM "shop"."ids"
WITH NO DATA;

-- direct-copy
COPY pg_temp."stage_1" ("id", "~operation") FROM STDIN;

-- direct-copy-binary
COPY pg_temp."stage_1" ("id", "~operation") FROM STDIN (FORMAT binary);

-- direct-keys
COPY pg_temp."stage_1" ("id") FROM STDIN;

-- direct-delete
DELETE FROM "shop"."ids" AS t
USING pg_temp."stage_1" AS s
WHERE s."~operation" = 'D' AND t."id" = s."id";

-- direct-upsert
INSERT INTO "shop"."ids" AS t ("id")
OVERRIDING SYSTEM VALUE
SELECT s."id"
FROM pg_temp."stage_1" AS s
WHERE s."~operation" <> 'D'
ORDER BY s."id"
ON CONFLICT ("id") DO NOTHING;

-- rows-copy
COPY "shop"."ids" ("id") FROM STDIN;

-- letter-supersede
UPDATE seamerge.dead_letter AS d
SET superseded_at = now()
FROM pg_temp."stage_1" AS s
WHERE d.target = :target
  AND d.superseded_at IS NULL
  AND d.replayed_at IS NULL
  AND d.key = jsonb_build_object('id', s."id");

-- direct-empty
TRUNCATE pg_temp."stage_1";

-- letter-write
INSERT INTO seamerge.dead_letter
    (pipeline, target, relation, instance, database, "table", key, operation, image,
     incarnation, version_time, version_row, sqlstate, message, in_state, sources, merged)
SELECT :pipeline, :target, :relation, :instance::text, :database::text, :table::text, jsonb_build_object('id', s."id"), :operation,
       :image::json, :incarnation::bigint, :version_time::bigint, :version_row::bigint, :sqlstate::text, :message, :in_state, :sources::text, :merged::text
FROM pg_temp."stage_1" AS s;

-- direct-unstage
DROP TABLE pg_temp."stage_1";

