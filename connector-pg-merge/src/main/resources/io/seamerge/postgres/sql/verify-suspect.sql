CREATE TEMPORARY TABLE ${suspect} AS
SELECT ${columns},
       'I'::"char" AS "~operation",
       0::integer AS "~source",
       ''::text AS "~instance",
       0::bigint AS "~looked",
       0::bigint AS "~passed",
       0::bigint AS "~as_of",
       ''::text AS "~xmin",
       ''::text AS "~kind",
       false AS "~moving",
       false AS "~turn",
       false AS "~repaired"
FROM ${target}
WITH NO DATA
