CREATE TEMPORARY TABLE ${stage} ON COMMIT DELETE ROWS AS
SELECT ${columns},
       'I'::"char" AS "~operation"
FROM ${target}
WITH NO DATA
