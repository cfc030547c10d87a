-- Every source that is declared or has written must have passed it, by what it has sent or by its clock while it was idle;
-- null while one was never heard of or has tables left to read: a row of theirs would bring back what is forgotten. What is
-- older than the oldest goes all the same, but not during snapshots.
WITH wanted AS (
    SELECT unnest(:preference::text[]) AS instance, :pipeline AS pipeline
    UNION
    SELECT instance, pipeline FROM seamerge.source WHERE target = :target
), passed AS (
    SELECT greatest(i.version_time,
                    (extract(epoch FROM i.caught_up_time) * 1000000)::bigint - :skew_micros) AS time,
           i.snapshots_left
    FROM wanted AS w
    LEFT JOIN seamerge.instance AS i ON i.instance = w.instance AND i.pipeline = w.pipeline
)
SELECT greatest(
           CASE WHEN bool_and(time IS NOT NULL AND snapshots_left IS NOT NULL) THEN min(time) END,
           CASE WHEN :age_micros > 0
                THEN (extract(epoch FROM now()) * 1000000)::bigint - :age_micros
           END)
FROM passed
HAVING bool_and(coalesce(snapshots_left, 0) = 0)
   AND NOT EXISTS (SELECT FROM seamerge.snapshot WHERE target = :target_table AND state = 'begun')
