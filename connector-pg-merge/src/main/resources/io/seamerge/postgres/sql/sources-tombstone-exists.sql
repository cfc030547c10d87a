-- Of a bounded number of keys, since those that another source still has stay for good: up to which time these were.
WITH looked AS (
    SELECT m.*
    FROM ${state} AS m
    WHERE m."~deleted_time" > :from_time AND m."~deleted_time" <= :cut_time
    ORDER BY m."~deleted_time"
    FETCH FIRST :most ROWS WITH TIES
)
SELECT coalesce(bool_or(NOT EXISTS (
           SELECT FROM ${sources} AS e
           WHERE ${e_key_is_m_key} AND (NOT e."~deleted" OR e."~merged_time" > :cut_time))), false) AS there,
       CASE WHEN count(*) >= :most THEN max(m."~deleted_time") END AS to_time
FROM looked AS m
