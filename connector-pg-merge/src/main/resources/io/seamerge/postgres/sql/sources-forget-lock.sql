-- The state's rows are the locks of their keys, as in sources-lock.
INSERT INTO ${state} AS m (${key})
SELECT ${e_key}
FROM ${sources} AS e
WHERE e."~source" = :source AND NOT e."~deleted"${unmarked}
ORDER BY ${e_key}
ON CONFLICT (${key}) DO UPDATE SET "~source" = m."~source" WHERE false
