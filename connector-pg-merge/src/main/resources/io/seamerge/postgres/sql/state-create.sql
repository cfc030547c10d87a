CREATE TABLE ${state} AS
SELECT ${key},
       0::bigint AS "~merged_time",
       0::integer AS "~source",
       0::bigint AS "~incarnation",
       0::bigint AS "~time",
       0::bigint AS "~row",
       false AS "~deleted",
       0::integer AS "~displaced_source",
       false AS "~displaced_deleted",
       0::bigint AS "~displaced_merged_time",
       0::bigint AS "~displaced_incarnation",
       0::bigint AS "~displaced_time",
       0::bigint AS "~displaced_row"
FROM ${target}
WITH NO DATA
