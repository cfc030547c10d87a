WITH applied AS (
    SELECT s."~operation" AS operation,
           w."~source" AS winner,
           w."~displaced_source" AS loser,
           w."~displaced_deleted" AS on_deleted
    FROM ${won} AS w
    JOIN ${stage} AS s ON ${w_key_is_s_key} AND s."~source" = w."~source"
    WHERE w."~displaced_source" <> w."~source"
)
INSERT INTO seamerge.conflict_counter AS c
    (pipeline, target, type, resolution, winner_source, loser_source, lane, count)
SELECT :pipeline, :target, ${type}, 'applied', winner, loser, :lane, count(*)
FROM applied
GROUP BY 3, 5, 6
ON CONFLICT (pipeline, target, type, resolution, winner_source, loser_source, lane)
DO UPDATE SET count = c.count + EXCLUDED.count
