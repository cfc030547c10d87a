-- The same lock that every writer takes first, in the same order.
SELECT count(*)
FROM (
    SELECT
    FROM ${state} AS m
    JOIN ${suspect} AS s ON ${m_key_is_s_key}
    WHERE s."~turn"
    ORDER BY ${m_key}
    FOR UPDATE OF m
) AS locked
