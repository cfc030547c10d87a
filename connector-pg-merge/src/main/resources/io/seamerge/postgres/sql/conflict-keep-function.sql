-- A partition is created by itself and then attached, which does not wait for writers of the others.
CREATE FUNCTION seamerge.keep_conflicts(days integer) RETURNS void LANGUAGE plpgsql AS $keep$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
    day date;
    partition text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('seamerge.conflict', 0));
    FOR n IN 0..2 LOOP
        day := today + n;
        partition := 'conflict_' || to_char(day, 'YYYYMMDD');
        IF to_regclass('seamerge.' || partition) IS NULL THEN
            EXECUTE format('CREATE TABLE seamerge.%I (LIKE seamerge.conflict INCLUDING ALL)', partition);
            EXECUTE format(
                'ALTER TABLE seamerge.conflict ATTACH PARTITION seamerge.%I FOR VALUES FROM (%L) TO (%L)',
                partition, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
        END IF;
    END LOOP;
    IF days > 0 THEN
        FOR partition IN
            SELECT c.relname
            FROM pg_inherits i
            JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'seamerge.conflict'::regclass
              AND c.relname < 'conflict_' || to_char(today - days, 'YYYYMMDD')
            ORDER BY c.relname
            LIMIT 31
        LOOP
            EXECUTE format('DROP TABLE seamerge.%I', partition);
        END LOOP;
    END IF;
END
$keep$
