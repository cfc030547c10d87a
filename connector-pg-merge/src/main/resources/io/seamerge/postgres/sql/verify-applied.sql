-- The run reads its sources after this: what the pipeline had applied by now was committed there before.
SELECT instance, max(version_time) AS version_time
FROM seamerge.progress
WHERE pipeline = :pipeline
GROUP BY instance
