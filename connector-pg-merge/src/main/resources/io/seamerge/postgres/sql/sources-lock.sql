-- The state's row is the lock of its key, taken in the order of keys, for what is newer than its own source's entry. A
-- statement of its own: those that follow must see what others committed while this one waited.
INSERT INTO ${state} AS m (${key})
SELECT DISTINCT ${s_key}
FROM ${stage} AS s
LEFT JOIN ${sources} AS e ON ${e_key_is_s_key} AND e."~source" = s."~source"
WHERE e."~source" IS NULL
   OR s."~operation" = 'S'
   OR (s."~incarnation", s."~time", s."~row") > (e."~incarnation", e."~time", e."~row")
   OR (s."~first_incarnation", s."~first_change", s."~first_row") < (e."~first_incarnation", e."~first_change", e."~first_row")
ORDER BY ${s_key}
ON CONFLICT (${key}) DO UPDATE SET "~source" = m."~source" WHERE false
