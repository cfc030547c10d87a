-- The row of each key that was touched: a function of all its entries. What changes nothing is not written.
INSERT INTO ${won}
SELECT s.*,
       ${always} OR m."~source" IS NULL OR m."~source" <> s."~source" OR m."~deleted" <> s."~absent"
           OR EXISTS (SELECT FROM ${touched} AS w WHERE ${w_key_is_s_key} AND w."~source" = s."~source"),
       m."~source", m."~deleted", m."~merged_time", m."~incarnation", m."~time", m."~row"
FROM (
${query}
) AS s
JOIN ${state} AS m ON ${m_key_is_s_key}
