-- sources-stage
CREATE TEMPORARY TABLE pg_temp."stage_3" ON COMMIT DELETE ROWS AS
SELECT "id", "na""me",
       'I'::"char" AS "~operation",
       0::integer AS "~source",
       0::bigint AS "~merged_time",
       0::bigint AS "~incarnation",
       0::bigint AS "~time",
       0::bigint AS "~row",
       0::bigint AS "~first_incarnation",
       0::bigint AS "~first_change",
       0::bigint AS "~first_row",
       0::bigint AS "~first_time"
FROM "shop"."customers"
WITH NO DATA;

-- sources-touched
CREATE TEMPORARY TABLE pg_temp."touched_3" ON COMMIT DELETE ROWS AS
SELECT "id",
       0::integer AS "~source"
FROM "shop"."customers"
WITH NO DATA;

-- sources-won
CREATE TEMPORARY TABLE pg_temp."won_3" ON COMMIT DELETE ROWS AS
SELECT "id", "na""me",
       0::integer AS "~source",
       0::bigint AS "~merged_time",
       0::bigint AS "~incarnation",
       0::bigint AS "~time",
       0::bigint AS "~row",
       false AS "~absent",
       false AS "~changed",
       0::integer AS "~displaced_source",
       false AS "~displaced_deleted",
       0::bigint AS "~displaced_merged_time",
       0::bigint AS "~displaced_incarnation",
       0::bigint AS "~displaced_time",
       0::bigint AS "~displaced_row"
FROM "shop"."customers"
WITH NO DATA;

-- sources-copy
COPY pg_temp."stage_3" ("id", "na""me", "~operation", "~source", "~merged_time", "~incarnation", "~time", "~row", "~first_incarnation", "~first_change", "~first_row", "~first_time") FROM STDIN;

-- row-late
WITH late AS (
    DELETE FROM pg_temp."stage_3" AS s
    WHERE s."~operation" <> 'S'
      AND s."~merged_time" <= :cut_time
      AND NOT EXISTS (SELECT FROM "seamerge"."state:shop.customers" AS m WHERE m."id" = s."id")
    RETURNING *
)
INSERT INTO seamerge.dead_letter
    (pipeline, target, relation, instance, database, "table", key, operation, image,
     incarnation, version_time, version_row, message)
SELECT :pipeline, :target, :relation, f.instance, f.database, f."table", jsonb_build_object('id', s."id"),
       CASE s."~operation" WHEN 'I' THEN 'insert' ELSE 'update' END, (SELECT to_jsonb(r) FROM (SELECT s."id", s."na""me") AS r),
       s."~incarnation", s."~time", s."~row",
       'It comes after its source had passed it (version time ' || :cut_time || '), and whether its key was deleted since is forgotten'
FROM late AS s
JOIN seamerge.source AS f ON f.source_id = s."~source"
WHERE s."~operation" <> 'D';

-- sources-lock
INSERT INTO "seamerge"."state:shop.customers" AS m ("id")
SELECT DISTINCT s."id"
FROM pg_temp."stage_3" AS s
LEFT JOIN "seamerge"."sources:shop.customers" AS e ON e."id" = s."id" AND e."~source" = s."~source"
WHERE e."~source" IS NULL
   OR s."~operation" = 'S'
   OR (s."~incarnation", s."~time", s."~row") > (e."~incarnation", e."~time", e."~row")
   OR (s."~first_incarnation", s."~first_change", s."~first_row") < (e."~first_incarnation", e."~first_change", e."~first_row")
ORDER BY s."id"
ON CONFLICT ("id") DO UPDATE SET "~source" = m."~source" WHERE false;

-- sources-gate
WITH accepted AS (
    INSERT INTO "seamerge"."sources:shop.customers" AS e
        ("id", "na""me", "~source", "~merged_time", "~incarnation", "~time", "~row", "~deleted", "~snapshot",
         "~first_incarnation", "~first_change", "~first_row", "~first_time")
    SELECT s."id", s."na""me", s."~source", s."~merged_time", s."~incarnation", s."~time", s."~row",
           s."~operation" = 'D', s."~operation" = 'S',
           s."~first_incarnation", s."~first_change", s."~first_row", s."~first_time"
    FROM pg_temp."stage_3" AS s
    LEFT JOIN "seamerge"."sources:shop.customers" AS e ON e."id" = s."id" AND e."~source" = s."~source"
    WHERE e."~source" IS NULL
       OR s."~operation" = 'S'
       OR (s."~incarnation", s."~time", s."~row") > (e."~incarnation", e."~time", e."~row")
    ORDER BY s."id", s."~source"
    ON CONFLICT ("id", "~source") DO UPDATE
    SET "na""me" = EXCLUDED."na""me",
        "~merged_time" = CASE WHEN EXCLUDED."~snapshot" THEN e."~merged_time" ELSE EXCLUDED."~merged_time" END,
        "~incarnation" = CASE WHEN EXCLUDED."~snapshot" THEN e."~incarnation" ELSE EXCLUDED."~incarnation" END,
        "~time" = CASE WHEN EXCLUDED."~snapshot" THEN e."~time" ELSE EXCLUDED."~time" END,
        "~row" = CASE WHEN EXCLUDED."~snapshot" THEN e."~row" ELSE EXCLUDED."~row" END,
        "~deleted" = EXCLUDED."~deleted",
        "~snapshot" = EXCLUDED."~snapshot"
    WHERE EXCLUDED."~snapshot"
       OR (EXCLUDED."~incarnation", EXCLUDED."~time", EXCLUDED."~row") > (e."~incarnation", e."~time", e."~row")
    RETURNING e."id", e."~source"
)
INSERT INTO pg_temp."touched_3"
SELECT "id", "~source"
FROM accepted;

-- state-regressed
SELECT f.instance || '/' || f.database || '.' || f."table" AS source,
       jsonb_build_object('id', s."id") AS key,
       s."~incarnation" AS incarnation,
       s."~time" AS came_time,
       s."~row" AS came_row,
       m."~time" AS kept_time,
       m."~row" AS kept_row
FROM pg_temp."stage_3" AS s
JOIN "seamerge"."sources:shop.customers" AS m ON m."id" = s."id" AND m."~source" = s."~source"
JOIN seamerge.source AS f ON f.source_id = s."~source"
WHERE s."~operation" <> 'S'
  AND s."~incarnation" = m."~incarnation"
  AND (s."~time", s."~row") < (m."~time", m."~row")
  AND NOT EXISTS (
      SELECT FROM seamerge.progress AS p
      WHERE p.pipeline = :pipeline
        AND p.instance = f.instance
        AND (p.repeats_to_time, p.repeats_to_row) >= (s."~time", s."~row"))
ORDER BY came_time, came_row
LIMIT 1;

-- sources-first
WITH first AS (
    UPDATE "seamerge"."sources:shop.customers" AS e
    SET "~first_incarnation" = s."~first_incarnation",
        "~first_change" = s."~first_change",
        "~first_row" = s."~first_row",
        "~first_time" = s."~first_time"
    FROM pg_temp."stage_3" AS s
    WHERE e."id" = s."id"
      AND e."~source" = s."~source"
      AND s."~operation" <> 'S'
      AND (s."~first_incarnation", s."~first_change", s."~first_row")
          < (e."~first_incarnation", e."~first_change", e."~first_row")
    RETURNING e."id", e."~source"
)
INSERT INTO pg_temp."touched_3"
SELECT "id", "~source"
FROM first;

-- sources-merge
INSERT INTO pg_temp."won_3"
SELECT s.*,
       false OR m."~source" IS NULL OR m."~source" <> s."~source" OR m."~deleted" <> s."~absent"
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
    SELECT DISTINCT ON (e."id") e.*, e."~deleted" AS "~absent"
    FROM entry AS e
    ORDER BY e."id", e."~deleted", e."~first_time", e."~rank"
)
SELECT e."id", e."na""me", e."~source", e."~merged_time", e."~incarnation", e."~time", e."~row", e."~absent"
FROM winner AS e
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

-- row-applied
WITH applied AS (
    SELECT s."~operation" AS operation,
           w."~source" AS winner,
           w."~displaced_source" AS loser,
           w."~displaced_deleted" AS on_deleted
    FROM pg_temp."won_3" AS w
    JOIN pg_temp."stage_3" AS s ON w."id" = s."id" AND s."~source" = w."~source"
    WHERE w."~displaced_source" <> w."~source"
), counted AS (
    SELECT CASE operation
           WHEN 'D' THEN CASE WHEN on_deleted THEN 'delete_missing' ELSE 'delete_origin_differs' END
           WHEN 'U' THEN CASE WHEN on_deleted THEN 'update_missing' ELSE 'update_origin_differs' END
           ELSE 'insert_exists'
       END AS type, winner, loser, count(*) AS count
    FROM applied
    GROUP BY 1, 2, 3
), written AS (
    INSERT INTO seamerge.conflict_counter AS c
        (pipeline, target, type, resolution, winner_source, loser_source, lane, count)
    SELECT :pipeline, :target, type, 'applied', winner, loser, :lane, count
    FROM counted
    ON CONFLICT (pipeline, target, type, resolution, winner_source, loser_source, lane)
    DO UPDATE SET count = c.count + EXCLUDED.count
)
SELECT n.type, 'applied' AS resolution, s.instance, n.count
FROM counted AS n
JOIN seamerge.source AS s ON s.source_id = n.winner;

-- row-lost
WITH lost AS (
    SELECT s."~operation" AS operation,
           m."~source" AS winner,
           s."~source" AS loser,
           m."~deleted" AS on_deleted
    FROM pg_temp."stage_3" AS s
    JOIN "seamerge"."state:shop.customers" AS m ON m."id" = s."id"
    WHERE m."~source" <> s."~source"
      AND NOT EXISTS (SELECT FROM pg_temp."won_3" AS w WHERE w."id" = s."id" AND w."~source" = s."~source")
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

-- row-log-applied
WITH met AS (
    SELECT jsonb_build_object('id', s."id") AS key,
           s."~operation" AS operation,
           w."~displaced_deleted" AS on_deleted,
           s."~source" AS winner,
           s."~merged_time" AS winning_time,
           concat_ws(':', s."~incarnation", s."~time", s."~row") AS winning_version,
           CASE WHEN :whole::boolean AND s."~operation" <> 'D' THEN NULL::jsonb END AS winning_image,
           w."~displaced_source" AS loser,
           w."~displaced_merged_time" AS losing_time,
           concat_ws(':', w."~displaced_incarnation", w."~displaced_time", w."~displaced_row") AS losing_version,
           CASE WHEN NOT w."~displaced_deleted" AND t.ctid IS NOT NULL THEN (SELECT to_jsonb(r) FROM (SELECT t."id", t."na""me") AS r) END AS losing_image
    FROM pg_temp."won_3" AS w
    JOIN pg_temp."stage_3" AS s ON w."id" = s."id" AND s."~source" = w."~source"
    LEFT JOIN "shop"."customers" AS t ON t."id" = s."id"
    WHERE w."~displaced_source" <> w."~source"
)
INSERT INTO seamerge.conflict
    (pipeline, target, key, type, resolution,
     winning_source, winning_time, winning_version, winning_image,
     losing_source, losing_time, losing_version, losing_image)
SELECT :pipeline, :target, key, CASE operation
           WHEN 'D' THEN CASE WHEN on_deleted THEN 'delete_missing' ELSE 'delete_origin_differs' END
           WHEN 'U' THEN CASE WHEN on_deleted THEN 'update_missing' ELSE 'update_origin_differs' END
           ELSE 'insert_exists'
       END, 'applied',
       seamerge.source_name(winner), seamerge.version_time(winning_time), winning_version, winning_image,
       seamerge.source_name(loser), seamerge.version_time(losing_time), losing_version, losing_image
FROM met;

-- sources-delete
DELETE FROM "shop"."customers" AS t
USING pg_temp."won_3" AS s
WHERE s."~changed" AND s."~absent" AND t."id" = s."id";

-- sources-upsert
INSERT INTO "shop"."customers" AS t ("id", "na""me")
SELECT s."id", s."na""me"
FROM pg_temp."won_3" AS s
WHERE s."~changed" AND NOT s."~absent"
ORDER BY s."id"
ON CONFLICT ("id") DO UPDATE SET "na""me" = EXCLUDED."na""me";

-- conflict-letter
INSERT INTO seamerge.dead_letter
    (pipeline, target, relation, instance, database, "table", key, operation, image,
     incarnation, version_time, version_row, message, in_state)
SELECT :pipeline, :target, :relation, l.instance, l.database, l."table", jsonb_build_object('id', s."id"),
       CASE s."~operation" WHEN 'S' THEN 'snapshot' WHEN 'I' THEN 'insert' WHEN 'U' THEN 'update' ELSE 'delete' END,
       (SELECT to_jsonb(r) FROM (SELECT s."id", s."na""me") AS r), s."~incarnation", s."~time", s."~row",
       'It lost against ' || w.instance || '/' || w.database || '.' || w."table", true
FROM pg_temp."stage_3" AS s
JOIN "seamerge"."state:shop.customers" AS m ON m."id" = s."id"
JOIN seamerge.source AS l ON l.source_id = s."~source"
JOIN seamerge.source AS w ON w.source_id = m."~source"
WHERE m."~source" <> s."~source"
  AND NOT EXISTS (SELECT FROM pg_temp."won_3" AS w WHERE w."id" = s."id" AND w."~source" = s."~source");

-- row-log-lost
WITH met AS (
    SELECT jsonb_build_object('id', s."id") AS key,
           s."~operation" AS operation,
           m."~deleted" AS on_deleted,
           m."~source" AS winner,
           m."~merged_time" AS winning_time,
           concat_ws(':', m."~incarnation", m."~time", m."~row") AS winning_version,
           CASE WHEN NOT m."~deleted" AND t.ctid IS NOT NULL THEN NULL::jsonb END AS winning_image,
           s."~source" AS loser,
           s."~merged_time" AS losing_time,
           concat_ws(':', s."~incarnation", s."~time", s."~row") AS losing_version,
           CASE WHEN :whole::boolean AND s."~operation" <> 'D' THEN (SELECT to_jsonb(r) FROM (SELECT s."id", s."na""me") AS r) END AS losing_image
    FROM pg_temp."stage_3" AS s
    JOIN "seamerge"."state:shop.customers" AS m ON m."id" = s."id"
    LEFT JOIN "shop"."customers" AS t ON t."id" = s."id"
    WHERE m."~source" <> s."~source"
      AND NOT EXISTS (SELECT FROM pg_temp."won_3" AS w WHERE w."id" = s."id" AND w."~source" = s."~source")
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

-- sources-supersede
UPDATE seamerge.dead_letter AS d
SET superseded_at = now()
FROM pg_temp."stage_3" AS s
JOIN seamerge.source AS r ON r.source_id = s."~source"
WHERE d.target = :target
  AND d.superseded_at IS NULL
  AND d.replayed_at IS NULL
  AND d.key = jsonb_build_object('id', s."id")
  AND ((d.instance, d.database, d."table") = (r.instance, r.database, r."table")
       OR d.in_state AND EXISTS (SELECT FROM pg_temp."won_3" AS w WHERE w."id" = s."id" AND w."~changed"));

-- sources-empty
TRUNCATE pg_temp."stage_3", pg_temp."touched_3", pg_temp."won_3";

-- letter-write
INSERT INTO seamerge.dead_letter
    (pipeline, target, relation, instance, database, "table", key, operation, image,
     incarnation, version_time, version_row, sqlstate, message, in_state, sources, merged)
SELECT :pipeline, :target, :relation, :instance::text, :database::text, :table::text, jsonb_build_object('id', s."id"), :operation,
       :image::json, :incarnation::bigint, :version_time::bigint, :version_row::bigint, :sqlstate::text, :message, :in_state, :sources::text, :merged::text
FROM pg_temp."stage_3" AS s;

-- sources-unstage
DROP TABLE pg_temp."stage_3", pg_temp."touched_3", pg_temp."won_3";

