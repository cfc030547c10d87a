-- Each source's entry takes in what is newer. A snapshot row replaces the image and keeps the version.
WITH accepted AS (
    INSERT INTO ${sources} AS e
        (${columns}, "~source", "~merged_time", "~incarnation", "~time", "~row", "~deleted", "~snapshot",
         "~first_incarnation", "~first_change", "~first_row", "~first_time"${base_names})
    SELECT ${s_columns}, s."~source", s."~merged_time", s."~incarnation", s."~time", s."~row",
           s."~operation" = 'D', s."~operation" = 'S',
           s."~first_incarnation", s."~first_change", s."~first_row", s."~first_time"${s_base_names}
    FROM ${stage} AS s
    LEFT JOIN ${sources} AS e ON ${e_key_is_s_key} AND e."~source" = s."~source"
    WHERE e."~source" IS NULL
       OR s."~operation" = 'S'
       OR (s."~incarnation", s."~time", s."~row") > (e."~incarnation", e."~time", e."~row")
    ORDER BY ${s_key}, s."~source"
    ON CONFLICT (${key}, "~source") DO UPDATE
    SET ${set_columns}"~merged_time" = ${kept_merged_time},
        "~incarnation" = CASE WHEN EXCLUDED."~snapshot" THEN e."~incarnation" ELSE EXCLUDED."~incarnation" END,
        "~time" = CASE WHEN EXCLUDED."~snapshot" THEN e."~time" ELSE EXCLUDED."~time" END,
        "~row" = CASE WHEN EXCLUDED."~snapshot" THEN e."~row" ELSE EXCLUDED."~row" END,
        "~deleted" = EXCLUDED."~deleted",
        "~snapshot" = EXCLUDED."~snapshot"
    WHERE EXCLUDED."~snapshot"
       OR (EXCLUDED."~incarnation", EXCLUDED."~time", EXCLUDED."~row") > (e."~incarnation", e."~time", e."~row")
    RETURNING ${e_key}, e."~source"
)
INSERT INTO ${touched}
SELECT ${key}, "~source"
FROM accepted
