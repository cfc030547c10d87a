WITH applied AS (
    SELECT s."~operation" AS operation,
           w."~source" AS winner,
           w."~displaced_source" AS loser,
           w."~displaced_deleted" AS on_deleted
    FROM ${won} AS w
    JOIN ${stage} AS s ON ${w_key_is_s_key} AND s."~source" = w."~source"
    WHERE w."~displaced_source" <> w."~source"
), counted AS (
    SELECT ${type} AS type, winner, loser, count(*) AS count
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
JOIN seamerge.source AS s ON s.source_id = n.winner
