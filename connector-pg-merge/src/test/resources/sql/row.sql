-- row-stage
CREATE TEMPORARY TABLE pg_temp."stage_2" ON COMMIT DELETE ROWS AS
SELECT "id", "na""me",
       'I'::"char" AS "~operation",
       0::integer AS "~source",
       0::bigint AS "~merged_time",
       0::bigint AS "~incarnation",
       0::bigint AS "~time",
       0::bigint AS "~row",
       0::integer AS "~number"
FROM "shop"."customers"
WITH NO DATA;

-- row-won
CREATE TEMPORARY TABLE pg_temp."won_2" ON COMMIT DELETE ROWS AS
SELECT "id",
       0::integer AS "~source",
       0::integer AS "~displaced_source",
       false AS "~displaced_deleted",
       0::bigint AS "~displaced_merged_time",
       0::bigint AS "~displaced_incarnation",
       0::bigint AS "~displaced_time",
       0::bigint AS "~displaced_row"
FROM "shop"."customers"
WITH NO DATA;

-- row-copy
COPY pg_temp."stage_2" ("id", "na""me", "~operation", "~source", "~merged_time", "~incarnation", "~time", "~row") FROM STDIN;

-- row-copy-binary
COPY pg_temp."stage_2" ("id", "na""me", "~operation", "~source", "~merged_time", "~incarnation", "~time", "~row") FROM STDIN (FORMAT binary);

-- row-keys
COPY pg_temp."stage_2" ("id", "~operation", "~source", "~merged_time", "~incarnation", "~time", "~row", "~number") FROM STDIN (FORMAT binary);

-- row-any-late
SELECT EXISTS (
    SELECT FROM pg_temp."stage_2" AS s
    WHERE s."~operation" <> 'S'
      AND s."~merged_time" <= :cut_time
      AND NOT EXISTS (SELECT FROM "seamerge"."state:shop.customers" AS m WHERE m."id" = s."id"));

-- row-late
WITH late AS (
    DELETE FROM pg_temp."stage_2" AS s
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

-- row-gate-known
WITH won AS (
    UPDATE "seamerge"."state:shop.customers" AS m
    SET "~merged_time" = s."~merged_time",
        "~source" = s."~source",
        "~incarnation" = s."~incarnation",
        "~time" = s."~time",
        "~row" = s."~row",
        "~deleted" = s."~operation" = 'D',
        "~displaced_source" = m."~source",
        "~displaced_deleted" = m."~deleted",
        "~displaced_merged_time" = CASE WHEN m."~source" <> s."~source" THEN m."~merged_time" END,
        "~displaced_incarnation" = CASE WHEN m."~source" <> s."~source" THEN m."~incarnation" END,
        "~displaced_time" = CASE WHEN m."~source" <> s."~source" THEN m."~time" END,
        "~displaced_row" = CASE WHEN m."~source" <> s."~source" THEN m."~row" END
    FROM (
        SELECT DISTINCT ON (s."id")
            s."id", s."~operation", s."~source", s."~merged_time", s."~incarnation", s."~time", s."~row"
        FROM pg_temp."stage_2" AS s
        ORDER BY s."id", s."~merged_time" DESC, array_position(:ranks::integer[], s."~source")
    ) AS s
    WHERE m."id" = s."id"
      AND (s."~merged_time" > m."~merged_time"
          OR s."~merged_time" = m."~merged_time"
          AND CASE
              WHEN s."~source" = m."~source"
              THEN (s."~incarnation", s."~time", s."~row") > (m."~incarnation", m."~time", m."~row")
              ELSE array_position(:ranks::integer[], s."~source") < array_position(:ranks::integer[], m."~source")
          END)
    RETURNING m."id", m."~source", m."~displaced_source", m."~displaced_deleted",
              m."~displaced_merged_time", m."~displaced_incarnation", m."~displaced_time", m."~displaced_row"
), counted AS (
    SELECT count(*) AS won,
           :noted::boolean OR count(*) < :staged OR count(*) FILTER (WHERE "~displaced_source" <> "~source") > 0 AS noted
    FROM won
), noted AS (
    INSERT INTO pg_temp."won_2"
    SELECT won.*
    FROM won
    WHERE (SELECT noted FROM counted)
)
SELECT won, noted FROM counted;

-- row-gate
WITH won AS (
    INSERT INTO "seamerge"."state:shop.customers" AS m
        ("id", "~merged_time", "~source", "~incarnation", "~time", "~row", "~deleted")
    SELECT DISTINCT ON (s."id")
        s."id", s."~merged_time", s."~source", s."~incarnation", s."~time", s."~row", s."~operation" = 'D'
    FROM pg_temp."stage_2" AS s
    LEFT JOIN "seamerge"."state:shop.customers" AS m ON m."id" = s."id"
    WHERE m."~source" IS NULL
       OR s."~merged_time" > m."~merged_time"
       OR s."~merged_time" = m."~merged_time"
       AND CASE
           WHEN s."~source" = m."~source"
           THEN (s."~incarnation", s."~time", s."~row") > (m."~incarnation", m."~time", m."~row")
           ELSE array_position(:ranks::integer[], s."~source") < array_position(:ranks::integer[], m."~source")
       END
       OR s."~operation" = 'S' AND s."~source" = m."~source"
    ORDER BY s."id", s."~merged_time" DESC, array_position(:ranks::integer[], s."~source")
    ON CONFLICT ("id") DO UPDATE
    SET "~merged_time" = EXCLUDED."~merged_time",
        "~source" = EXCLUDED."~source",
        "~incarnation" = EXCLUDED."~incarnation",
        "~time" = EXCLUDED."~time",
        "~row" = EXCLUDED."~row",
        "~deleted" = EXCLUDED."~deleted",
        "~displaced_source" = m."~source",
        "~displaced_deleted" = m."~deleted",
        "~displaced_merged_time" = CASE WHEN m."~source" <> EXCLUDED."~source" THEN m."~merged_time" END,
        "~displaced_incarnation" = CASE WHEN m."~source" <> EXCLUDED."~source" THEN m."~incarnation" END,
        "~displaced_time" = CASE WHEN m."~source" <> EXCLUDED."~source" THEN m."~time" END,
        "~displaced_row" = CASE WHEN m."~source" <> EXCLUDED."~source" THEN m."~row" END
    WHERE EXCLUDED."~merged_time" > m."~merged_time"
       OR EXCLUDED."~merged_time" = m."~merged_time"
       AND CASE
           WHEN EXCLUDED."~source" = m."~source"
           THEN (EXCLUDED."~incarnation", EXCLUDED."~time", EXCLUDED."~row") > (m."~incarnation", m."~time", m."~row")
           ELSE array_position(:ranks::integer[], EXCLUDED."~source") < array_position(:ranks::integer[], m."~source")
       END
    RETURNING *
)
INSERT INTO pg_temp."won_2"
SELECT "id", "~source", "~displaced_source", "~displaced_deleted",
       "~displaced_merged_time", "~displaced_incarnation", "~displaced_time", "~displaced_row"
FROM won;

-- row-revive
WITH revived AS (
    UPDATE "seamerge"."state:shop.customers" AS m
    SET "~deleted" = false
    FROM pg_temp."stage_2" AS s
    WHERE m."id" = s."id"
      AND s."~operation" = 'S'
      AND s."~source" = m."~source"
      AND NOT EXISTS (SELECT FROM pg_temp."won_2" AS w WHERE w."id" = s."id")
    RETURNING m."id", m."~source"
)
INSERT INTO pg_temp."won_2"
SELECT "id", "~source", "~source"
FROM revived;

-- state-regressed
SELECT f.instance || '/' || f.database || '.' || f."table" AS source,
       jsonb_build_object('id', s."id") AS key,
       s."~incarnation" AS incarnation,
       s."~time" AS came_time,
       s."~row" AS came_row,
       m."~time" AS kept_time,
       m."~row" AS kept_row
FROM pg_temp."stage_2" AS s
JOIN "seamerge"."state:shop.customers" AS m ON m."id" = s."id" AND m."~source" = s."~source"
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

-- row-applied
WITH applied AS (
    SELECT s."~operation" AS operation,
           w."~source" AS winner,
           w."~displaced_source" AS loser,
           w."~displaced_deleted" AS on_deleted
    FROM pg_temp."won_2" AS w
    JOIN pg_temp."stage_2" AS s ON w."id" = s."id" AND s."~source" = w."~source"
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
    FROM pg_temp."stage_2" AS s
    JOIN "seamerge"."state:shop.customers" AS m ON m."id" = s."id"
    WHERE m."~source" <> s."~source"
      AND NOT EXISTS (SELECT FROM pg_temp."won_2" AS w WHERE w."id" = s."id" AND w."~source" = s."~source")
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
           CASE WHEN :whole::boolean AND s."~operation" <> 'D' THEN (SELECT to_jsonb(r) FROM (SELECT s."id", s."na""me") AS r) END AS winning_image,
           w."~displaced_source" AS loser,
           w."~displaced_merged_time" AS losing_time,
           concat_ws(':', w."~displaced_incarnation", w."~displaced_time", w."~displaced_row") AS losing_version,
           CASE WHEN NOT w."~displaced_deleted" AND t.ctid IS NOT NULL THEN (SELECT to_jsonb(r) FROM (SELECT t."id", t."na""me") AS r) END AS losing_image
    FROM pg_temp."won_2" AS w
    JOIN pg_temp."stage_2" AS s ON w."id" = s."id" AND s."~source" = w."~source"
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

-- row-delete
DELETE FROM "shop"."customers" AS t
USING pg_temp."stage_2" AS s
JOIN pg_temp."won_2" AS w ON w."id" = s."id" AND w."~source" = s."~source"
WHERE s."~operation" = 'D' AND t."id" = s."id";

-- row-standing
SELECT count(*)
FROM pg_temp."stage_2" AS s
JOIN pg_temp."won_2" AS w ON w."id" = s."id" AND w."~source" = s."~source"
WHERE s."~operation" <> 'D';

-- row-update
UPDATE "shop"."customers" AS t
SET "na""me" = s."na""me"
FROM pg_temp."stage_2" AS s
JOIN pg_temp."won_2" AS w ON w."id" = s."id" AND w."~source" = s."~source"
WHERE t."id" = s."id" AND s."~operation" <> 'D';

-- row-insert
INSERT INTO "shop"."customers" AS t ("id", "na""me")
SELECT s."id", s."na""me"
FROM pg_temp."stage_2" AS s
JOIN pg_temp."won_2" AS w ON w."id" = s."id" AND w."~source" = s."~source"
WHERE s."~operation" <> 'D'
  AND NOT EXISTS (SELECT FROM "shop"."customers" AS t WHERE t."id" = s."id")
ORDER BY s."id"
ON CONFLICT ("id") DO UPDATE SET "na""me" = EXCLUDED."na""me";

-- row-upsert
INSERT INTO "shop"."customers" AS t ("id", "na""me")
SELECT s."id", s."na""me"
FROM pg_temp."stage_2" AS s
JOIN pg_temp."won_2" AS w ON w."id" = s."id" AND w."~source" = s."~source"
WHERE s."~operation" <> 'D'
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
FROM pg_temp."stage_2" AS s
JOIN "seamerge"."state:shop.customers" AS m ON m."id" = s."id"
JOIN seamerge.source AS l ON l.source_id = s."~source"
JOIN seamerge.source AS w ON w.source_id = m."~source"
WHERE m."~source" <> s."~source"
  AND NOT EXISTS (SELECT FROM pg_temp."won_2" AS w WHERE w."id" = s."id" AND w."~source" = s."~source");

-- row-log-lost
WITH met AS (
    SELECT jsonb_build_object('id', s."id") AS key,
           s."~operation" AS operation,
           m."~deleted" AS on_deleted,
           m."~source" AS winner,
           m."~merged_time" AS winning_time,
           concat_ws(':', m."~incarnation", m."~time", m."~row") AS winning_version,
           CASE WHEN NOT m."~deleted" AND t.ctid IS NOT NULL THEN (SELECT to_jsonb(r) FROM (SELECT t."id", t."na""me") AS r) END AS winning_image,
           s."~source" AS loser,
           s."~merged_time" AS losing_time,
           concat_ws(':', s."~incarnation", s."~time", s."~row") AS losing_version,
           CASE WHEN :whole::boolean AND s."~operation" <> 'D' THEN (SELECT to_jsonb(r) FROM (SELECT s."id", s."na""me") AS r) END AS losing_image
    FROM pg_temp."stage_2" AS s
    JOIN "seamerge"."state:shop.customers" AS m ON m."id" = s."id"
    LEFT JOIN "shop"."customers" AS t ON t."id" = s."id"
    WHERE m."~source" <> s."~source"
      AND NOT EXISTS (SELECT FROM pg_temp."won_2" AS w WHERE w."id" = s."id" AND w."~source" = s."~source")
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

-- row-winners
SELECT s."~number"
FROM pg_temp."stage_2" AS s
JOIN pg_temp."won_2" AS w ON w."id" = s."id" AND w."~source" = s."~source";

-- row-remove
DELETE FROM "shop"."customers" AS t
USING pg_temp."won_2" AS s
WHERE t."id" = s."id" AND s."~displaced_source" IS NOT NULL;

-- row-copy-state
COPY "seamerge"."state:shop.customers" ("id", "~source", "~merged_time", "~incarnation", "~time", "~row", "~deleted") FROM STDIN (FORMAT binary);

-- rows-copy
COPY "shop"."customers" ("id", "na""me") FROM STDIN (FORMAT binary);

-- letter-supersede
UPDATE seamerge.dead_letter AS d
SET superseded_at = now()
FROM pg_temp."won_2" AS s
WHERE d.target = :target
  AND d.superseded_at IS NULL
  AND d.replayed_at IS NULL
  AND d.key = jsonb_build_object('id', s."id");

-- row-empty
TRUNCATE pg_temp."stage_2", pg_temp."won_2";

-- letter-write
INSERT INTO seamerge.dead_letter
    (pipeline, target, relation, instance, database, "table", key, operation, image,
     incarnation, version_time, version_row, sqlstate, message, in_state, sources, merged)
SELECT :pipeline, :target, :relation, :instance::text, :database::text, :table::text, jsonb_build_object('id', s."id"), :operation,
       :image::json, :incarnation::bigint, :version_time::bigint, :version_row::bigint, :sqlstate::text, :message, :in_state, :sources::text, :merged::text
FROM pg_temp."stage_2" AS s;

-- row-unstage
DROP TABLE pg_temp."stage_2", pg_temp."won_2";

