-- Before the table is written: it still holds what is displaced.
WITH met AS (
    SELECT ${s_key_object} AS key,
           s."~operation" AS operation,
           w."~displaced_deleted" AS on_deleted,
           s."~source" AS winner,
           s."~merged_time" AS winning_time,
           concat_ws(':', s."~incarnation", s."~time", s."~row") AS winning_version,
           CASE WHEN :whole::boolean AND s."~operation" <> 'D' THEN ${staged_image_of_winner} END AS winning_image,
           w."~displaced_source" AS loser,
           w."~displaced_merged_time" AS losing_time,
           concat_ws(':', w."~displaced_incarnation", w."~displaced_time", w."~displaced_row") AS losing_version,
           CASE WHEN NOT w."~displaced_deleted" AND t.ctid IS NOT NULL THEN ${t_image} END AS losing_image
    FROM ${won} AS w
    JOIN ${stage} AS s ON ${w_key_is_s_key} AND s."~source" = w."~source"
    LEFT JOIN ${target} AS t ON ${t_key_is_s_key}
    WHERE w."~displaced_source" <> w."~source"
)
INSERT INTO seamerge.conflict
    (pipeline, target, key, type, resolution,
     winning_source, winning_time, winning_version, winning_image,
     losing_source, losing_time, losing_version, losing_image)
SELECT :pipeline, :target, key, ${type}, 'applied',
       seamerge.source_name(winner), seamerge.version_time(winning_time), winning_version, winning_image,
       seamerge.source_name(loser), seamerge.version_time(losing_time), losing_version, losing_image
FROM met
