SELECT source_id
FROM seamerge.source
WHERE pipeline = :pipeline AND instance = :instance AND database = :database AND "table" = :table AND target = :target
