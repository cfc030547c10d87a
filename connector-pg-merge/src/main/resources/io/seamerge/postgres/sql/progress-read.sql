SELECT v.instance, p.epoch, p.flushes
FROM unnest(:instances::text[]) AS v (instance)
LEFT JOIN seamerge.progress p ON p.pipeline = :pipeline AND p.instance = v.instance AND p.lane = :lane
