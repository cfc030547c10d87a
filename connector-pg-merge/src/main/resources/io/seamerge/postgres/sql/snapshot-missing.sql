SELECT wanted.name
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
ORDER BY wanted.name
LIMIT 1
