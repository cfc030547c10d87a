-- A key is whose it was, or of the first that brings it; its owner's row is its lock, taken in the order of keys. What another
-- transaction has taken meanwhile has lost.
WITH met AS MATERIALIZED (
    SELECT ${s_key}, s."~operation", s."~source", s."~merged_time", m."~source" AS "~owner"
    FROM ${stage} AS s
    LEFT JOIN ${owners} AS m ON ${m_key_is_s_key}
    WHERE NOT EXISTS (SELECT FROM ${won} AS w WHERE ${w_key_is_s_key} AND w."~source" = s."~source")
), taken AS (
    INSERT INTO ${owners} AS m (${key}, "~source")
    SELECT DISTINCT ON (${s_key}) ${s_key}, s."~source"
    FROM met AS s
    WHERE s."~owner" IS NULL AND ${stays}
    ORDER BY ${s_key}, s."~merged_time", s."~source"
    ON CONFLICT (${key}) DO NOTHING
    RETURNING ${m_key}, m."~source"
)
INSERT INTO ${won} (${key}, "~source", "~displaced_source")
SELECT ${s_key}, s."~source", s."~source"
FROM met AS s
WHERE s."~owner" = s."~source" OR s."~owner" IS NULL AND NOT (${stays})
UNION ALL
SELECT ${key}, "~source", NULL
FROM taken
