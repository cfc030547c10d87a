INSERT INTO seamerge.snapshot AS s
    (pipeline, instance, database, "table", target, state, incarnation, rows_read, rows_estimated, repeated,
     begun_at)
VALUES
    (:pipeline, :instance, :database, :table, :target, 'begun', :incarnation, coalesce(:rows_read, 0), :rows_estimated,
     coalesce((:detail::jsonb ->> 'repeated')::boolean, false), now())
ON CONFLICT (pipeline, instance, database, "table", target) DO UPDATE
SET state = 'begun',
    incarnation = EXCLUDED.incarnation,
    rows_read = EXCLUDED.rows_read,
    rows_estimated = EXCLUDED.rows_estimated,
    repeated = EXCLUDED.repeated OR s.repeated AND s.state = 'begun',
    begun_at = EXCLUDED.begun_at,
    done_at = NULL
