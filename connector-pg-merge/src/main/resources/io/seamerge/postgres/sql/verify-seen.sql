CREATE TEMPORARY TABLE ${seen} AS
SELECT ${key}, 0::integer AS "~source", false AS "~present"
FROM ${target}
WITH NO DATA
