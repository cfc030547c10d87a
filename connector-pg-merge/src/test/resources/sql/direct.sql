-- direct-stage
CREATE TEMPORARY TABLE pg_temp."stage_0" ON COMMIT DELETE ROWS AS
SELECT "id", "_source_instance", "total",
       'I'::"char" AS "~operation"
FROM "shop"."orders"
WITH NO DATA;

-- direct-copy
COPY pg_temp."stage_0" ("id", "_source_instance", "total", "~operation") FROM STDIN;

-- direct-delete
DELETE FROM "shop"."orders" AS t
USING pg_temp."stage_0" AS s
WHERE s."~operation" = 'D' AND t."_source_instance" = s."_source_instance" AND t."id" = s."id";

-- direct-upsert
INSERT INTO "shop"."orders" AS t ("id", "_source_instance", "total")
SELECT s."id", s."_source_instance", s."total"
FROM pg_temp."stage_0" AS s
WHERE s."~operation" <> 'D'
ORDER BY s."_source_instance", s."id"
ON CONFLICT ("_source_instance", "id") DO UPDATE SET "total" = EXCLUDED."total";

