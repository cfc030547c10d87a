CREATE TEMPORARY TABLE ${kept} ON COMMIT DROP AS
SELECT ${key}, 0::bigint AS "~number"
FROM ${target}
WITH NO DATA
