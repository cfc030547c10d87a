-- Of each table at most the first 100000, so that looking at the status costs little. With the rights of the role that has made
-- the states: who may see the status need not see them.
CREATE FUNCTION seamerge.tombstones(OUT pipeline text, OUT target text, OUT source_id integer, OUT tombstones bigint)
RETURNS SETOF record LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $tombstones$
DECLARE
    state text;
BEGIN
    FOR pipeline, target, state IN
        SELECT h.pipeline, h.target, to_regclass(h.state)::text FROM seamerge.holder AS h WHERE to_regclass(h.state) IS NOT NULL
    LOOP
        FOR source_id, tombstones IN EXECUTE
            'SELECT d."~source", count(*) FROM (SELECT m."~source" FROM ' || state || ' AS m WHERE m."~deleted_time" IS NOT NULL LIMIT 100000) AS d GROUP BY 1'
        LOOP
            RETURN NEXT;
        END LOOP;
    END LOOP;
END
$tombstones$
