INSERT INTO seamerge.snapshot AS s
    (pipeline, instance, database, "table", target, state, incarnation, rows_read, rows_estimated, repeated,
     begun_at)
SELECT :pipeline, :instance, v.database, v."table", v.target, 'begun', :incarnation, coalesce(v.rows_read, 0), v.rows_estimated,
       coalesce((:detail::jsonb ->> 'repeated')::boolean, false), now()
FROM unnest(:databases::text[], :tables::text[], :targets::text[], :rows_read::bigint[], :rows_estimated::bigint[])
    AS v (database, "table", target, rows_read, rows_estimated)
ON CONFLICT (pipeline, instance, database, "table", target) DO UPDATE
SET state = 'begun',
    incarnation = EXCLUDED.incarnation,
    rows_read = EXCLUDED.rows_read,
    rows_estimated = EXCLUDED.rows_estimated,
    repeated = EXCLUDED.repeated OR s.repeated AND s.state = 'begun',
    begun_at = EXCLUDED.begun_at,
    done_at = NULL
