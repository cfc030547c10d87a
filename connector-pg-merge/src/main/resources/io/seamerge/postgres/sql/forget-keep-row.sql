INSERT INTO ${kept}
SELECT ${m_key}, row_number() OVER (ORDER BY ${m_key})
FROM ${state} AS m
WHERE m."~source" = :source AND NOT m."~deleted"${unmarked}
