-- Whether several of them have the same values in the columns of the key that say where a row is from.
SELECT EXISTS (
    SELECT
    FROM seamerge.source
    WHERE target = :target
    GROUP BY CASE WHEN :by_instance THEN instance END,
             CASE WHEN :by_database THEN database END,
             CASE WHEN :by_table THEN "table" END
    HAVING count(*) > 1)
