-- The same table of an instance of the same name is the same source, whichever pipeline it was read by.
UPDATE seamerge.source AS s
SET pipeline = :pipeline
WHERE s.target = ANY (:targets::text[])
  AND s.pipeline <> :pipeline
  AND NOT EXISTS (
      SELECT FROM seamerge.source AS o
      WHERE (o.instance, o.database, o."table", o.target) = (s.instance, s.database, s."table", s.target)
        AND (o.pipeline = :pipeline OR o.pipeline <> s.pipeline AND o.source_id > s.source_id))
