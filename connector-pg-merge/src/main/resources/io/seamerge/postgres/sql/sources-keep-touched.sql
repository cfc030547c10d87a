CREATE TEMPORARY TABLE ${kept} ON COMMIT DROP AS
SELECT ${key}, "~source", dense_rank() OVER (ORDER BY ${key}) AS "~number"
FROM ${touched}
