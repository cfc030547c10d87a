CREATE TEMPORARY TABLE ${won} ON COMMIT DELETE ROWS AS
SELECT ${key},
       0::integer AS "~source",
       0::integer AS "~displaced_source",
       false AS "~displaced_deleted"
FROM ${target}
WITH NO DATA
