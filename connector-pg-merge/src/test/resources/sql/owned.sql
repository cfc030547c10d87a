-- owned-create
CREATE TABLE "seamerge"."owners:shop.orders" AS
SELECT "id",
       0::integer AS "~source"
FROM "shop"."orders"
WITH NO DATA;

-- owned-key
ALTER TABLE "seamerge"."owners:shop.orders" ADD PRIMARY KEY ("id");

-- owned-fill
INSERT INTO "seamerge"."owners:shop.orders" ("id", "~source")
SELECT "id", :source
FROM "shop"."orders"
ON CONFLICT DO NOTHING;

-- row-stage
CREATE TEMPORARY TABLE pg_temp."stage_0" ON COMMIT DELETE ROWS AS
SELECT "id", "total",
       'I'::"char" AS "~operation",
       0::integer AS "~source",
       0::bigint AS "~merged_time",
       0::bigint AS "~incarnation",
       0::bigint AS "~time",
       0::bigint AS "~row",
       0::integer AS "~number"
FROM "shop"."orders"
WITH NO DATA;

-- row-won
CREATE TEMPORARY TABLE pg_temp."won_0" ON COMMIT DELETE ROWS AS
SELECT "id",
       0::integer AS "~source",
       0::integer AS "~displaced_source",
       false AS "~displaced_deleted",
       0::bigint AS "~displaced_merged_time",
       0::bigint AS "~displaced_incarnation",
       0::bigint AS "~displaced_time",
       0::bigint AS "~displaced_row"
FROM "shop"."orders"
WITH NO DATA;

-- row-copy
COPY pg_temp."stage_0" ("id", "total", "~operation", "~source", "~merged_time", "~incarnation", "~time", "~row") FROM STDIN;

-- row-copy-binary
COPY pg_temp."stage_0" ("id", "total", "~operation", "~source", "~merged_time", "~incarnation", "~time", "~row") FROM STDIN (FORMAT binary);

-- row-keys
COPY pg_temp."stage_0" ("id", "~operation", "~source", "~merged_time", "~incarnation", "~time", "~row", "~number") FROM STDIN (FORMAT binary);

-- owned-release
WITH released AS (
    DELETE FROM "seamerge"."owners:shop.orders" AS m
    USING pg_temp."stage_0" AS s
    WHERE s."~operation" = 'D' AND m."id" = s."id" AND m."~source" = s."~source"
    RETURNING m."id", m."~source"
)
INSERT INTO pg_temp."won_0" ("id", "~source", "~displaced_source")
SELECT "id", "~source", "~source"
FROM released;

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
    WHERE s."~owner" IS NULL AND s."~operation" <> 'D'
    ORDER BY s."id", s."~merged_time", s."~source"
    ON CONFLICT ("id") DO NOTHING
    RETURNING m."id", m."~source"
)
INSERT INTO pg_temp."won_0" ("id", "~source", "~displaced_source")
SELECT s."id", s."~source", s."~source"
FROM met AS s
WHERE s."~owner" = s."~source" OR s."~owner" IS NULL AND NOT (s."~operation" <> 'D')
UNION ALL
SELECT "id", "~source", NULL
FROM taken;

-- row-lost
WITH lost AS (
    SELECT s."~operation" AS operation,
           m."~source" AS winner,
           s."~source" AS loser,
           false AS on_deleted
    FROM pg_temp."stage_0" AS s
    JOIN "seamerge"."owners:shop.orders" AS m ON m."id" = s."id"
    WHERE m."~source" <> s."~source"
      AND NOT EXISTS (SELECT FROM pg_temp."won_0" AS w WHERE w."id" = s."id" AND w."~source" = s."~source")
), counted AS (
    SELECT CASE operation
           WHEN 'D' THEN CASE WHEN on_deleted THEN 'delete_missing' ELSE 'delete_origin_differs' END
           WHEN 'U' THEN CASE WHEN on_deleted THEN 'update_missing' ELSE 'update_origin_differs' END
           ELSE 'insert_exists'
       END AS type, winner, loser, count(*) AS count
    FROM lost
    GROUP BY 1, 2, 3
), written AS (
    INSERT INTO seamerge.conflict_counter AS c
        (pipeline, target, type, resolution, winner_source, loser_source, lane, count)
    SELECT :pipeline, :target, type, 'discarded', winner, loser, :lane, count
    FROM counted
    WHERE :counts::boolean
    ON CONFLICT (pipeline, target, type, resolution, winner_source, loser_source, lane)
    DO UPDATE SET count = c.count + EXCLUDED.count
)
SELECT n.type, 'discarded' AS resolution, s.instance, n.count
FROM counted AS n
JOIN seamerge.source AS s ON s.source_id = n.loser;

-- row-delete
DELETE FROM "shop"."orders" AS t
USING pg_temp."stage_0" AS s
JOIN pg_temp."won_0" AS w ON w."id" = s."id" AND w."~source" = s."~source"
WHERE s."~operation" = 'D' AND t."id" = s."id";

-- row-standing
SELECT count(*)
FROM pg_temp."stage_0" AS s
JOIN pg_temp."won_0" AS w ON w."id" = s."id" AND w."~source" = s."~source"
WHERE s."~operation" <> 'D';

-- row-update
UPDATE "shop"."orders" AS t
SET "total" = s."total"
FROM pg_temp."stage_0" AS s
JOIN pg_temp."won_0" AS w ON w."id" = s."id" AND w."~source" = s."~source"
WHERE t."id" = s."id" AND s."~operation" <> 'D';

-- row-insert
INSERT INTO "shop"."orders" AS t ("id", "total")
SELECT s."id", s."total"
FROM pg_temp."stage_0" AS s
JOIN pg_temp."won_0" AS w ON w."id" = s."id" AND w."~source" = s."~source"
WHERE s."~operation" <> 'D'
  AND NOT EXISTS (SELECT FROM "shop"."orders" AS t WHERE t."id" = s."id")
ORDER BY s."id"
ON CONFLICT ("id") DO UPDATE SET "total" = EXCLUDED."total";

-- row-upsert
INSERT INTO "shop"."orders" AS t ("id", "total")
SELECT s."id", s."total"
FROM pg_temp."stage_0" AS s
JOIN pg_temp."won_0" AS w ON w."id" = s."id" AND w."~source" = s."~source"
WHERE s."~operation" <> 'D'
ORDER BY s."id"
ON CONFLICT ("id") DO UPDATE SET "total" = EXCLUDED."total";

-- owned-letter
WITH lost AS (
    SELECT jsonb_build_object('id', s."id") AS key, s."~operation" AS operation, (SELECT to_jsonb(r) FROM (SELECT s."id", s."total") AS r) AS image,
           s."~incarnation" AS incarnation, s."~time" AS version_time, s."~row" AS version_row,
           l.instance, l.database, l."table", w.instance || '/' || w.database || '.' || w."table" AS owner
    FROM pg_temp."stage_0" AS s
    JOIN "seamerge"."owners:shop.orders" AS m ON m."id" = s."id"
    JOIN seamerge.source AS l ON l.source_id = s."~source"
    JOIN seamerge.source AS w ON w.source_id = m."~source"
    WHERE m."~source" <> s."~source"
      AND NOT EXISTS (SELECT FROM pg_temp."won_0" AS w WHERE w."id" = s."id" AND w."~source" = s."~source")
), void AS (
    UPDATE seamerge.dead_letter AS d
    SET superseded_at = now()
    FROM lost AS s
    WHERE d.target = :target
      AND (d.instance, d.database, d."table") = (s.instance, s.database, s."table")
      AND d.superseded_at IS NULL
      AND d.replayed_at IS NULL
      AND d.key = s.key
)
INSERT INTO seamerge.dead_letter
    (pipeline, target, relation, instance, database, "table", key, operation, image,
     incarnation, version_time, version_row, message, in_state, sources)
SELECT :pipeline, :target, :relation, instance, database, "table", key,
       CASE operation WHEN 'S' THEN 'snapshot' WHEN 'I' THEN 'insert' ELSE 'update' END,
       image, incarnation, version_time, version_row, 'The key belongs to ' || owner, false, :owners
FROM lost
WHERE operation <> 'D';

-- row-log-lost
WITH met AS (
    SELECT jsonb_build_object('id', s."id") AS key,
           s."~operation" AS operation,
           false AS on_deleted,
           m."~source" AS winner,
           NULL::bigint AS winning_time,
           '' AS winning_version,
           CASE WHEN NOT false AND t.ctid IS NOT NULL THEN (SELECT to_jsonb(r) FROM (SELECT t."id", t."total") AS r) END AS winning_image,
           s."~source" AS loser,
           s."~merged_time" AS losing_time,
           concat_ws(':', s."~incarnation", s."~time", s."~row") AS losing_version,
           CASE WHEN :whole::boolean AND s."~operation" <> 'D' THEN (SELECT to_jsonb(r) FROM (SELECT s."id", s."total") AS r) END AS losing_image
    FROM pg_temp."stage_0" AS s
    JOIN "seamerge"."owners:shop.orders" AS m ON m."id" = s."id"
    LEFT JOIN "shop"."orders" AS t ON t."id" = s."id"
    WHERE m."~source" <> s."~source"
      AND NOT EXISTS (SELECT FROM pg_temp."won_0" AS w WHERE w."id" = s."id" AND w."~source" = s."~source")
), kept AS (
    INSERT INTO seamerge.conflict
        (pipeline, target, key, type, resolution,
         winning_source, winning_time, winning_version, winning_image,
         losing_source, losing_time, losing_version, losing_image)
    SELECT :pipeline, :target, key, CASE operation
           WHEN 'D' THEN CASE WHEN on_deleted THEN 'delete_missing' ELSE 'delete_origin_differs' END
           WHEN 'U' THEN CASE WHEN on_deleted THEN 'update_missing' ELSE 'update_origin_differs' END
           ELSE 'insert_exists'
       END, 'discarded',
           seamerge.source_name(winner), seamerge.version_time(winning_time), winning_version, winning_image,
           seamerge.source_name(loser), seamerge.version_time(losing_time), losing_version, losing_image
    FROM met
), counted AS (
    SELECT CASE operation
           WHEN 'D' THEN CASE WHEN on_deleted THEN 'delete_missing' ELSE 'delete_origin_differs' END
           WHEN 'U' THEN CASE WHEN on_deleted THEN 'update_missing' ELSE 'update_origin_differs' END
           ELSE 'insert_exists'
       END AS type, winner, loser, count(*) AS count
    FROM met
    GROUP BY 1, 2, 3
), written AS (
    INSERT INTO seamerge.conflict_counter AS c
        (pipeline, target, type, resolution, winner_source, loser_source, lane, count)
    SELECT :pipeline, :target, type, 'discarded', winner, loser, :lane, count
    FROM counted
    ON CONFLICT (pipeline, target, type, resolution, winner_source, loser_source, lane)
    DO UPDATE SET count = c.count + EXCLUDED.count
)
SELECT n.type, 'discarded' AS resolution, s.instance, n.count
FROM counted AS n
JOIN seamerge.source AS s ON s.source_id = n.loser;

-- owned-copy-owners
COPY "seamerge"."owners:shop.orders" ("id", "~source") FROM STDIN (FORMAT binary);

-- rows-copy
COPY "shop"."orders" ("id", "total") FROM STDIN (FORMAT binary);

-- owned-supersede
UPDATE seamerge.dead_letter AS d
SET superseded_at = now()
FROM pg_temp."stage_0" AS s
JOIN seamerge.source AS f ON f.source_id = s."~source"
WHERE d.target = :target
  AND (d.instance, d.database, d."table") = (f.instance, f.database, f."table")
  AND d.superseded_at IS NULL
  AND d.replayed_at IS NULL
  AND d.key = jsonb_build_object('id', s."id")
  AND (d.created_at < now() OR EXISTS (SELECT FROM pg_temp."won_0" AS w WHERE w."id" = s."id" AND w."~source" = s."~source"));

-- row-empty
TRUNCATE pg_temp."stage_0", pg_temp."won_0";

-- letter-write
INSERT INTO seamerge.dead_letter
    (pipeline, target, relation, instance, database, "table", key, operation, image,
     incarnation, version_time, version_row, sqlstate, message, in_state, sources, merged)
SELECT :pipeline, :target, :relation, :instance::text, :database::text, :table::text, jsonb_build_object('id', s."id"), :operation,
       :image::json, :incarnation::bigint, :version_time::bigint, :version_row::bigint, :sqlstate::text, :message, :in_state, :sources::text, :merged::text
FROM pg_temp."stage_0" AS s;

-- row-unstage
DROP TABLE pg_temp."stage_0", pg_temp."won_0";

-- owned-forget-rows
DELETE FROM "shop"."orders" AS t
USING "seamerge"."owners:shop.orders" AS m
WHERE m."~source" = :source AND t."id" = m."id"
  AND NOT EXISTS (SELECT FROM "seamerge"."keys:shop.orders" AS k WHERE k."id" = m."id" AND k."~source" = m."~source");

-- owned-forget
DELETE FROM "seamerge"."owners:shop.orders" AS m
WHERE m."~source" = :source
  AND NOT EXISTS (SELECT FROM "seamerge"."keys:shop.orders" AS k WHERE k."id" = m."id" AND k."~source" = m."~source");

-- row-mark
INSERT INTO "seamerge"."keys:shop.orders" ("id", "~source")
SELECT DISTINCT s."id", s."~source"
FROM pg_temp."stage_0" AS s
ORDER BY s."id"
ON CONFLICT DO NOTHING;

