UPDATE seamerge.progress AS p
SET version_time = v.version_time,
    version_row = v.version_row,
    flushes = p.flushes + 1,
    moved_at = now()
FROM unnest(:instances::text[], :version_times::bigint[], :version_rows::bigint[], :flushes::bigint[])
    AS v (instance, version_time, version_row, flushes)
WHERE p.pipeline = :pipeline
  AND p.instance = v.instance
  AND p.lane = :lane
  AND p.epoch = :epoch
  AND p.flushes = v.flushes
