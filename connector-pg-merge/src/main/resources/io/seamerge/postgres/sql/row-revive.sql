-- A snapshot row of the source that has won replaces the image and says that the row is there; the version stays.
WITH revived AS (
    UPDATE ${state} AS m
    SET "~deleted" = false
    FROM ${stage} AS s
    WHERE ${m_key_is_s_key}
      AND s."~operation" = 'S'
      AND s."~source" = m."~source"
      AND NOT EXISTS (SELECT FROM ${won} AS w WHERE ${w_key_is_s_key})
    RETURNING ${m_key}, m."~source"
)
INSERT INTO ${won}
SELECT ${key}, "~source", "~source"
FROM revived
