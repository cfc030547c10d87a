SELECT DISTINCT target
FROM seamerge.snapshot
WHERE pipeline = :pipeline AND repeated AND state = 'begun'
