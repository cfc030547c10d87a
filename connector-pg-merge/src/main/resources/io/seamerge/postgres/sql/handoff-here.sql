-- Rows before an instance's position are here; those behind it are skipped as far as they are: the incarnation is the same.
CREATE FUNCTION seamerge.handoff_here(a_name text, a_pipeline text) RETURNS integer LANGUAGE plpgsql AS $here$
DECLARE
    unread text;
    instances integer;
BEGIN
    SELECT string_agg(instance || ':' || database || '.' || "table", ', ' ORDER BY instance, database, "table")
    INTO unread
    FROM seamerge.snapshot
    WHERE pipeline = a_pipeline AND state <> 'done';
    IF unread IS NOT NULL THEN
        RAISE EXCEPTION 'pipeline % has not read %', a_pipeline, unread
            USING HINT = 'Start the job anew with startup.mode = initial';
    END IF;
    SELECT string_agg(instance, ', ' ORDER BY instance) INTO unread
    FROM seamerge.instance
    WHERE pipeline = a_pipeline AND (server_uuid IS NULL OR position IS NULL);
    IF unread IS NOT NULL THEN
        RAISE EXCEPTION 'pipeline % has had no heartbeat of %', a_pipeline, unread
            USING HINT = 'Start the job anew with startup.mode = initial';
    END IF;
    DELETE FROM seamerge.handoff WHERE name = a_name;
    INSERT INTO seamerge.handoff
        (name, instance, pipeline, state, incarnation, version_time, version_row, position, rows, detail,
         begun_at, finished_at)
    SELECT a_name, i.instance, i.pipeline, 'finished', i.incarnation, i.version_time, i.version_row, i.position,
           sum(s.rows_read),
           jsonb_build_object(
               'server_uuid', i.server_uuid,
               'tables', jsonb_object_agg(s.database || '.' || s."table", s.rows_read)),
           now(), now()
    FROM seamerge.instance i
    JOIN seamerge.snapshot s ON s.pipeline = i.pipeline AND s.instance = i.instance
    WHERE i.pipeline = a_pipeline
    GROUP BY i.pipeline, i.instance;
    GET DIAGNOSTICS instances = ROW_COUNT;
    IF instances = 0 THEN
        RAISE EXCEPTION 'pipeline % has written nothing here', a_pipeline
            USING HINT = 'Start the job anew with startup.mode = initial';
    END IF;
    RETURN instances;
END
$here$
