INSERT INTO ${touched}
SELECT ${t_key}, t."~source"
FROM ${target} AS t
WHERE EXISTS (SELECT FROM ${suspect} AS s WHERE s."~turn" AND ${t_only_key_is_s_key})
