INSERT INTO ${keys} (${key}, "~source")
SELECT DISTINCT ${s_key}, s."~source"
FROM ${stage} AS s
ORDER BY ${s_key}
ON CONFLICT DO NOTHING
