-- The one source that has written a table, if there was but one before those that are coming.
SELECT CASE WHEN count(*) = 1 THEN min(source_id) END
FROM seamerge.source
WHERE target = :target
