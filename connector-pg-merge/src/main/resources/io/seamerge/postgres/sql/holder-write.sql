INSERT INTO seamerge.holder (target, pipeline)
SELECT target, :pipeline
FROM unnest(:targets::text[]) AS t (target)
ORDER BY target
ON CONFLICT (target) DO NOTHING
