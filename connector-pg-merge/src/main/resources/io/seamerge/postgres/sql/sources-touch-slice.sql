INSERT INTO ${touched}
SELECT ${e_key}, e."~source"
FROM ${sources} AS e
WHERE (hashtext(ROW(${e_key})::text) & 2147483647) % :slices = :slice
