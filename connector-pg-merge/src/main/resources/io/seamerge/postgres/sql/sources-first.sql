-- What is older than all that its source's entry knows says how it began.
WITH first AS (
    UPDATE ${sources} AS e
    SET "~first_incarnation" = s."~first_incarnation",
        "~first_change" = s."~first_change",
        "~first_row" = s."~first_row",
        "~first_time" = s."~first_time"${set_bases}
    FROM ${stage} AS s
    WHERE ${e_key_is_s_key}
      AND e."~source" = s."~source"
      AND s."~operation" <> 'S'
      AND (s."~first_incarnation", s."~first_change", s."~first_row")
          < (e."~first_incarnation", e."~first_change", e."~first_row")
    RETURNING ${e_key}, e."~source"
)
INSERT INTO ${touched}
SELECT ${key}, "~source"
FROM first
