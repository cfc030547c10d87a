INSERT INTO ${state} AS m (${key})
SELECT DISTINCT ${s_key}
FROM ${suspect} AS s
WHERE s."~turn"
ORDER BY ${s_key}
ON CONFLICT (${key}) DO UPDATE SET "~source" = m."~source" WHERE false
