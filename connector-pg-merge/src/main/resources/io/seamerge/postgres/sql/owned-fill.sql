-- All that is there is the one source's that has written it.
INSERT INTO ${owners} (${key}, "~source")
SELECT ${key}, :source
FROM ${target}
ON CONFLICT DO NOTHING
