-- direct-stage
CREATE TEMPORARY TABLE pg_temp."stage_1" ON COMMIT DELETE ROWS AS
SELECT "id",
       'I'::"char" AS "~operation"
FROM "shop"."ids"
WITH NO DATA;

-- direct-copy
COPY pg_temp."stage_1" ("id", "~operation") FROM STDIN;

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

