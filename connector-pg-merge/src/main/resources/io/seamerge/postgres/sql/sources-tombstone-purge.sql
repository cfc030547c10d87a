-- Of keys that no source has any more.
WITH gone AS (
    DELETE FROM ${state}
    WHERE ctid = ANY (ARRAY(
        SELECT m.ctid
        FROM ${state} AS m
        WHERE m."~deleted_time" > :from_time AND m."~deleted_time" <= coalesce(:to_time, :cut_time)
          AND NOT EXISTS (SELECT FROM ${sources} AS e WHERE ${e_key_is_m_key} AND (NOT e."~deleted" OR e."~merged_time" > :cut_time))
        ORDER BY m."~deleted_time"
        LIMIT :most))
    RETURNING ${key}
)
DELETE FROM ${sources} AS e
USING gone AS m
WHERE ${e_key_is_m_key}
