DELETE FROM ${state}
WHERE ctid = ANY (ARRAY(
    SELECT ctid
    FROM ${state}
    WHERE "~deleted" AND "~merged_time" <= :cut_time
    ORDER BY "~merged_time"
    LIMIT :most))
