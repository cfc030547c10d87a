SELECT i.indisprimary AS primary_key,
       i.indimmediate AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AS usable,
       ARRAY(SELECT a.attname::text
             FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, n)
             LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
             WHERE k.n <= i.indnkeyatts
             ORDER BY k.n) AS columns
FROM pg_index i
WHERE i.indrelid = to_regclass(:table) AND i.indisunique
