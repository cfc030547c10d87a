-- A deletion of each of the source's rows, at the version of the TRUNCATE.
WITH gone AS (
    UPDATE ${sources} AS e
    SET "~deleted" = true,
        "~snapshot" = false,
        "~merged_time" = CASE WHEN ${keeps_time} THEN e."~merged_time" ELSE :merged_time END,
        "~incarnation" = :incarnation,
        "~time" = :version_time,
        "~row" = :version_row${set_marker}
    WHERE e."~source" = :source AND NOT e."~deleted"
      AND (e."~incarnation", e."~time", e."~row") < (:incarnation, :version_time, :version_row)
    RETURNING ${e_key}, e."~source"
)
INSERT INTO ${touched}
SELECT ${key}, "~source"
FROM gone
