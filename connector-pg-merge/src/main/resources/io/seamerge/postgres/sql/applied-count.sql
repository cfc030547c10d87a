-- And says which of the tables have letters that may be void by now, to ask PostgreSQL once.
WITH counted AS (
    INSERT INTO seamerge.applied AS a (pipeline, instance, target, lane, rows)
    SELECT :pipeline, v.instance, v.target, :lane, v.rows
    FROM unnest(:instances::text[], :targets::text[], :rows::bigint[]) AS v (instance, target, rows)
    ON CONFLICT (pipeline, instance, target, lane) DO UPDATE
    SET rows = a.rows + EXCLUDED.rows,
        counted_at = now(),
        earlier_at = CASE
            WHEN a.counted_at < now() - interval '1 minute' THEN now()
            WHEN a.sampled_at < now() - interval '30 seconds' THEN a.sampled_at
            ELSE a.earlier_at
        END,
        earlier_rows = CASE
            WHEN a.counted_at < now() - interval '1 minute' THEN a.rows
            WHEN a.sampled_at < now() - interval '30 seconds' THEN a.sampled_rows
            ELSE a.earlier_rows
        END,
        sampled_at = CASE WHEN a.sampled_at < now() - interval '30 seconds' THEN now() ELSE a.sampled_at END,
        sampled_rows = CASE WHEN a.sampled_at < now() - interval '30 seconds' THEN a.rows ELSE a.sampled_rows END
)
SELECT DISTINCT target
FROM seamerge.dead_letter
WHERE target = ANY (:targets::text[]) AND superseded_at IS NULL AND replayed_at IS NULL
