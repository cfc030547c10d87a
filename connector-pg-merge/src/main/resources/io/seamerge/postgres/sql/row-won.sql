CREATE TEMPORARY TABLE ${won} ON COMMIT DELETE ROWS AS
SELECT ${key},
       0::integer AS "~source",
       0::integer AS "~displaced_source",
       false AS "~displaced_deleted",
       0::bigint AS "~displaced_merged_time",
       0::bigint AS "~displaced_incarnation",
       0::bigint AS "~displaced_time",
       0::bigint AS "~displaced_row"
FROM ${target}
WITH NO DATA
