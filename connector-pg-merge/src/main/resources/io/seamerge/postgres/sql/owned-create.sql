CREATE TABLE ${owners} AS
SELECT ${key},
       0::integer AS "~source"
FROM ${target}
WITH NO DATA
