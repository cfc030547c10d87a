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
           CASE WHEN NOT w."~displaced_deleted" AND t.ctid IS NOT NULL THEN (SELECT to_jsonb(r) FROM (SELECT t."id", t."name") AS r) END AS losing_image
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
           CASE WHEN :whole::boolean AND s."~operation" <> 'D' THEN (SELECT to_jsonb(r) FROM (SELECT s."id", s."name") AS r) END AS losing_image
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

