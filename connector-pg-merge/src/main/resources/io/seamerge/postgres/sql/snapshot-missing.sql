SELECT 'the snapshot of ' || wanted.name || ' is not whole there'
FROM jsonb_array_elements_text(:detail::jsonb -> 'snapshots_done') AS wanted (name)
WHERE EXISTS (
        SELECT FROM seamerge.snapshot
        WHERE pipeline = :pipeline AND instance = :instance)
  AND NOT EXISTS (
        SELECT FROM seamerge.snapshot s
        WHERE s.pipeline = :pipeline
          AND s.instance = :instance
          AND s.database || '.' || s."table" = wanted.name
          AND (s.state = 'done' OR s.repeated))
UNION ALL
SELECT 'of the snapshot of ' || wanted.name || ' only ' || coalesce(s.rows_read, 0) || ' of ' || wanted.rows || ' rows are there'
FROM jsonb_each_text(:detail::jsonb -> 'snapshots_read') AS wanted (name, rows)
LEFT JOIN seamerge.snapshot AS s
    ON (s.pipeline, s.instance, s.database || '.' || s."table") = (:pipeline, :instance, wanted.name)
WHERE coalesce(s.rows_read, 0) < wanted.rows::bigint
ORDER BY 1
LIMIT 1
