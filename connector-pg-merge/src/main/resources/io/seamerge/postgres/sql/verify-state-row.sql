-- A key that was never applied gets the oldest version, as a row of a snapshot would.
INSERT INTO ${state} (${key}, "~merged_time", "~source", "~incarnation", "~time", "~row", "~deleted")
SELECT DISTINCT ON (${s_key}) ${s_key}, 0, s."~source", 0, 0, 0, false
FROM ${suspect} AS s
WHERE s."~turn" AND s."~operation" NOT IN ('D', 'X')
ORDER BY ${s_key}, array_position(:ranks::integer[], s."~source")
ON CONFLICT (${key}) DO NOTHING
