SELECT a.attname AS name,
       format_type(a.atttypid, a.atttypmod) AS type,
       base.typname AS base_type,
       CASE WHEN base.typname = 'bit' THEN greatest(a.atttypmod, base.bits) END AS bits,
       (a.attnotnull OR t.typnotnull) AND NOT a.atthasdef AND t.typdefault IS NULL AND a.attidentity = '' AS required,
       a.attnotnull OR t.typnotnull AS not_null,
       a.attgenerated <> '' AS generated,
       a.attidentity = 'a' AS always_identity,
       coalesce(c.collisdeterministic, true) AS deterministic
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
CROSS JOIN LATERAL (
    WITH RECURSIVE domain AS (
        SELECT t.typname, t.typtype, t.typbasetype, t.typtypmod AS bits
        UNION ALL
        SELECT b.typname, b.typtype, b.typbasetype, greatest(d.bits, b.typtypmod)
        FROM domain AS d
        JOIN pg_type AS b ON b.oid = d.typbasetype AND d.typtype = 'd'
    )
    SELECT typname, bits FROM domain WHERE typtype <> 'd'
) AS base
LEFT JOIN pg_collation c ON c.oid = a.attcollation
WHERE a.attrelid = to_regclass(:table) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
