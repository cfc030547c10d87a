CREATE TEMPORARY TABLE ${won} ON COMMIT DELETE ROWS AS
SELECT ${columns},
       0::integer AS "~source",
       0::bigint AS "~merged_time",
       0::bigint AS "~incarnation",
       0::bigint AS "~time",
       0::bigint AS "~row",
       false AS "~absent",
       false AS "~changed",
       0::integer AS "~displaced_source",
       false AS "~displaced_deleted",
       0::bigint AS "~displaced_merged_time",
       0::bigint AS "~displaced_incarnation",
       0::bigint AS "~displaced_time",
       0::bigint AS "~displaced_row"
FROM ${target}
WITH NO DATA
