-- Where the log keeps what has lost, that statement counts: another writer may delete the winner in between.
WITH lost AS (
    SELECT s."~operation" AS operation,
           m."~source" AS winner,
           s."~source" AS loser,
           ${m_deleted} AS on_deleted
    FROM ${stage} AS s
    JOIN ${state} AS m ON ${m_key_is_s_key}
    WHERE m."~source" <> s."~source"
      AND NOT EXISTS (SELECT FROM ${won} AS w WHERE ${w_key_is_s_key} AND w."~source" = s."~source")
), counted AS (
    SELECT ${type} AS type, winner, loser, count(*) AS count
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
JOIN seamerge.source AS s ON s.source_id = n.loser
