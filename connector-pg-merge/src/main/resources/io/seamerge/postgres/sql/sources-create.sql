CREATE TABLE ${sources} AS
SELECT ${columns},
       0::integer AS "~source",
       0::bigint AS "~merged_time",
       0::bigint AS "~incarnation",
       0::bigint AS "~time",
       0::bigint AS "~row",
       false AS "~deleted",
       false AS "~snapshot",
       0::bigint AS "~first_incarnation",
       0::bigint AS "~first_change",
       0::bigint AS "~first_row",
       0::bigint AS "~first_time"${base_definitions}
FROM ${target}
WITH NO DATA
