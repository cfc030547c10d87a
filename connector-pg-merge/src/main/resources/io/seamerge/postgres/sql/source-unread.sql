-- Sources that send changes, of which no snapshot was ever begun though their instance has none left to begin.
SELECT s.target, s.instance || '/' || s.database || '.' || s."table" AS source
FROM seamerge.source AS s
JOIN seamerge.instance AS i ON i.pipeline = s.pipeline AND i.instance = s.instance
WHERE s.pipeline = :pipeline
  AND s.instance = :instance
  AND s.target = ANY (:targets::text[])
  AND i.snapshots_left = 0
  AND NOT EXISTS (
      SELECT FROM seamerge.snapshot AS h
      WHERE (h.pipeline, h.instance, h.database, h."table") = (s.pipeline, s.instance, s.database, s."table"))
ORDER BY 1, 2
