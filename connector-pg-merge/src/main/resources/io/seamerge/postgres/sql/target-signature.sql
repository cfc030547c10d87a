-- Of each table, in their order, which columns there are; null if more happens than that rows are written where one is deleted
-- or inserted, by triggers, foreign keys (which the catalog has as triggers) or policies, or if we may not delete.
SELECT CASE
           WHEN NOT row_security_active(c.oid)
            AND has_table_privilege(c.oid, 'DELETE')
            AND NOT EXISTS (
                SELECT FROM pg_trigger AS g
                WHERE g.tgrelid = c.oid OR g.tgrelid IN (SELECT p.relid FROM pg_partition_tree(c.oid) AS p))
           THEN ARRAY(
                SELECT a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attgenerated::text
                FROM pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                ORDER BY a.attnum)::text
       END AS signature
FROM unnest(:tables::text[]) WITH ORDINALITY AS v (name, place)
LEFT JOIN pg_class AS c ON c.oid = to_regclass(v.name)
ORDER BY v.place
