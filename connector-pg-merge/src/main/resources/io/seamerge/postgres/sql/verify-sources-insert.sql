-- As the oldest: whatever its source writes later stands against it.
INSERT INTO ${target} (${columns}, "~source", "~merged_time", "~incarnation", "~time", "~row", "~deleted", "~snapshot",
                       "~first_incarnation", "~first_change", "~first_row", "~first_time")
SELECT ${s_columns}, s."~source", 0, 0, 0, 0, false, true, 0, 0, 0, 0
FROM ${suspect} AS s
WHERE s."~turn" AND s."~operation" NOT IN ('D', 'X', 'M', 'N')
ORDER BY ${s_key}
ON CONFLICT (${key}, "~source") DO NOTHING
