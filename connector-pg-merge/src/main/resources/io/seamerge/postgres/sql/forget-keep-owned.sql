INSERT INTO ${kept}
SELECT ${m_key}, row_number() OVER (ORDER BY ${m_key})
FROM ${owners} AS m
WHERE m."~source" = :source${unmarked}
