-- At the version that it has, as a row of the snapshot would have kept it.
WITH gone AS (
    UPDATE ${sources} AS e
    SET "~deleted" = true,
        "~snapshot" = false${set_marker}
    WHERE e."~source" = :source AND NOT e."~deleted"${unmarked}
    RETURNING ${e_key}, e."~source"
)
INSERT INTO ${touched}
SELECT ${key}, "~source"
FROM gone
