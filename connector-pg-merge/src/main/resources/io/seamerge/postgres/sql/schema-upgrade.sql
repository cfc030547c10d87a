-- States of earlier builds lack what deletions are forgotten by; before version 3 every table was created with its key.
DO $upgrade$
DECLARE
    state text;
BEGIN
    FOR state IN
        SELECT c.oid::regclass::text
        FROM pg_class AS c
        WHERE c.relnamespace = 'seamerge'::regnamespace
          AND c.relkind = 'r'
          AND starts_with(c.relname, 'state:')
          AND NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = '~deleted_time' AND NOT a.attisdropped)
    LOOP
        EXECUTE 'ALTER TABLE ' || state
            || ' ADD COLUMN "~deleted_time" bigint GENERATED ALWAYS AS (CASE WHEN "~deleted" THEN "~merged_time" END) STORED';
        EXECUTE 'CREATE INDEX ON ' || state || ' ("~deleted_time") WHERE "~deleted_time" IS NOT NULL';
    END LOOP;
    CREATE TABLE IF NOT EXISTS seamerge.deferred_key (
        target text        NOT NULL PRIMARY KEY,
        since  timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON TABLE seamerge.deferred_key IS
        'Tables that a bounded run has created without their key, which is added once their rows are there';
END
$upgrade$
