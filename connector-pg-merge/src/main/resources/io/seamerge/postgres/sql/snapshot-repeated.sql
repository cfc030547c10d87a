SELECT repeated AND state = 'begun'
FROM seamerge.snapshot
WHERE pipeline = :pipeline AND instance = :instance AND database = :database AND "table" = :table AND target = :target
