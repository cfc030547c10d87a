INSERT INTO seamerge.snapshot AS s
    (pipeline, instance, database, "table", target, state, incarnation, rows_read, rows_estimated, begun_at, done_at)
SELECT :pipeline, :instance, v.database, v."table", v.target, v.state, :incarnation, coalesce(v.rows_read, 0), v.rows_estimated,
       now(), CASE WHEN v.state = 'done' THEN now() END
FROM unnest(:databases::text[], :tables::text[], :targets::text[], :rows_read::bigint[], :rows_estimated::bigint[], :states::text[])
    AS v (database, "table", target, rows_read, rows_estimated, state)
ON CONFLICT (pipeline, instance, database, "table", target) DO UPDATE
SET state = EXCLUDED.state,
    incarnation = EXCLUDED.incarnation,
    -- A run that goes on from a checkpoint has less than was there: the rows are still there.
    rows_read = greatest(s.rows_read, EXCLUDED.rows_read),
    rows_estimated = coalesce(EXCLUDED.rows_estimated, s.rows_estimated),
    -- What a repeated one had to remove went with its end: a part that is read again after a restart removes nothing.
    repeated = s.repeated AND EXCLUDED.state <> 'done',
    done_at = EXCLUDED.done_at
