CREATE TEMPORARY TABLE ${stage} ON COMMIT DELETE ROWS AS
SELECT ${columns},
       'I'::"char" AS "~operation",
       0::integer AS "~source",
       0::bigint AS "~merged_time",
       0::bigint AS "~incarnation",
       0::bigint AS "~time",
       0::bigint AS "~row",
       0::integer AS "~number"
FROM ${target}
WITH NO DATA
