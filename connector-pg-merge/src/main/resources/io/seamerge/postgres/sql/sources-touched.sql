CREATE TEMPORARY TABLE ${touched} ON COMMIT DELETE ROWS AS
SELECT ${key},
       0::integer AS "~source"
FROM ${target}
WITH NO DATA
