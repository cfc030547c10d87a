-- After the table was written: it holds what has won, though it may have come with the same flush.
WITH met AS (
    SELECT ${s_key_object} AS key,
           s."~operation" AS operation,
           ${m_deleted} AS on_deleted,
           m."~source" AS winner,
           ${m_time} AS winning_time,
           ${m_version} AS winning_version,
           CASE WHEN NOT ${m_deleted} AND t.ctid IS NOT NULL THEN ${stored_image_of_winner} END AS winning_image,
           s."~source" AS loser,
           s."~merged_time" AS losing_time,
           concat_ws(':', s."~incarnation", s."~time", s."~row") AS losing_version,
           CASE WHEN :whole::boolean AND s."~operation" <> 'D' THEN ${s_image} END AS losing_image
    FROM ${stage} AS s
    JOIN ${state} AS m ON ${m_key_is_s_key}
    LEFT JOIN ${target} AS t ON ${t_key_is_s_key}
    WHERE m."~source" <> s."~source"
      AND NOT EXISTS (SELECT FROM ${won} AS w WHERE ${w_key_is_s_key} AND w."~source" = s."~source")
), kept AS (
    INSERT INTO seamerge.conflict
        (pipeline, target, key, type, resolution,
         winning_source, winning_time, winning_version, winning_image,
         losing_source, losing_time, losing_version, losing_image)
    SELECT :pipeline, :target, key, ${type}, 'discarded',
           seamerge.source_name(winner), seamerge.version_time(winning_time), winning_version, winning_image,
           seamerge.source_name(loser), seamerge.version_time(losing_time), losing_version, losing_image
    FROM met
), counted AS (
    SELECT ${type} AS type, winner, loser, count(*) AS count
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
JOIN seamerge.source AS s ON s.source_id = n.loser
