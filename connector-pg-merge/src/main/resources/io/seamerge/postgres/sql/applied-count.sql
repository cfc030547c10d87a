INSERT INTO seamerge.applied AS a (pipeline, instance, target, lane, rows)
SELECT :pipeline, v.instance, v.target, :lane, v.rows
FROM unnest(:instances::text[], :targets::text[], :rows::bigint[]) AS v (instance, target, rows)
ON CONFLICT (pipeline, instance, target, lane) DO UPDATE SET rows = a.rows + EXCLUDED.rows
