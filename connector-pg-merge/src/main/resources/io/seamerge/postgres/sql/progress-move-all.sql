UPDATE seamerge.progress AS p
SET version_time = v.version_time,
    version_row = v.version_row,
    flushes = p.flushes + 1,
    moved_at = now()
FROM unnest(:lanes::integer[], :version_times::bigint[], :version_rows::bigint[], :flushes::bigint[])
    AS v (lane, version_time, version_row, flushes)
WHERE p.pipeline = :pipeline
  AND p.instance = :instance
  AND p.lane = v.lane
  AND p.epoch = :epoch
  AND p.flushes = v.flushes
