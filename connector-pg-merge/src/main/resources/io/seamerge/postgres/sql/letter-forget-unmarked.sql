-- Letters of rows that the source no longer has: a replay would bring them back.
UPDATE seamerge.dead_letter AS d
SET superseded_at = now()
FROM seamerge.snapshot AS h
WHERE (h.pipeline, h.instance, h.database, h."table", h.target) = (:pipeline, :instance, :database, :table, :target)
  AND d.target = :table_name
  AND d.instance = h.instance
  AND d.database = h.database
  AND d."table" = h."table"
  AND d.superseded_at IS NULL
  AND d.replayed_at IS NULL
  AND d.created_at < h.begun_at
  AND NOT EXISTS (SELECT FROM ${keys} AS k WHERE d.key = ${k_key_object} AND k."~source" = CASE WHEN ${by_state} THEN :source::integer ELSE 0 END)
