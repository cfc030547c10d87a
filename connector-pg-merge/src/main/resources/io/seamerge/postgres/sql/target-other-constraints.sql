-- Constraints of all tables are read only for one that has triggers, as each has that a foreign key refers to.
SELECT EXISTS (
           SELECT FROM pg_constraint
           WHERE contype IN ('f', 'x') AND conrelid = to_regclass(:table))
    OR CASE
           WHEN (SELECT relhastriggers FROM pg_class WHERE oid = to_regclass(:table))
           THEN EXISTS (
                SELECT FROM pg_constraint
                WHERE contype = 'f' AND confrelid = to_regclass(:table))
           ELSE false
       END
