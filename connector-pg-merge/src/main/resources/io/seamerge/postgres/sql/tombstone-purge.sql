DELETE FROM ${state}
WHERE ctid = ANY (ARRAY(
    SELECT ctid
    FROM ${state}
    WHERE "~deleted_time" <= :cut_time
    ORDER BY "~deleted_time"
    LIMIT :most))
