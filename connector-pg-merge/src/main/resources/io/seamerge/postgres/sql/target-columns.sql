SELECT a.attname AS name,
       format_type(a.atttypid, a.atttypmod) AS type,
       base.typname AS base_type,
       CASE WHEN base.typname = 'bit' THEN a.atttypmod END AS bits,
       a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS required,
       a.attnotnull AS not_null,
       a.attgenerated <> '' AS generated,
       a.attidentity = 'a' AS always_identity,
       coalesce(c.collisdeterministic, true) AS deterministic
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_type base ON base.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
LEFT JOIN pg_collation c ON c.oid = a.attcollation
WHERE a.attrelid = to_regclass(:table) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
