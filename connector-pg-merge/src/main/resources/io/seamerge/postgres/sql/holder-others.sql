SELECT h.target,
       h.pipeline,
       (SELECT to_char(max(p.moved_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC'
        FROM seamerge.progress p
        WHERE p.pipeline = h.pipeline) AS wrote_at
FROM seamerge.holder h
WHERE h.target = ANY (:targets::text[])
  AND h.pipeline <> :pipeline
ORDER BY h.target
