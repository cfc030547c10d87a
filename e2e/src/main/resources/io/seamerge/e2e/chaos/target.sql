-- The target of the chaos suite. Every row image that is applied is compared with what was applied
-- to its key before: an image that comes twice, or after a newer one, is logged. The audit moves in
-- the transaction of the row, so that what was rolled back does not count.
CREATE SCHEMA chaos;
GRANT USAGE ON SCHEMA chaos TO chaos_writer;

CREATE TABLE chaos.accounts (
    _source_instance text          NOT NULL,
    id               bigint        NOT NULL,
    revision         bigint        NOT NULL,
    amount           numeric(20,2) NOT NULL,
    note             varchar(100),
    payload          bytea,
    PRIMARY KEY (_source_instance, id)
);

CREATE TABLE chaos.profiles (
    id     bigint      NOT NULL PRIMARY KEY,
    editor varchar(10) NOT NULL,
    at     bigint      NOT NULL,
    name   varchar(60) NOT NULL
);

-- The last image that was applied: of accounts their revision, of profiles their commit time, and
-- the place of their instance in the order of preference (the first is the greatest).
CREATE TABLE chaos.audit (
    of_table text    NOT NULL,
    of_key   text    NOT NULL,
    at       bigint  NOT NULL,
    rank     integer NOT NULL,
    PRIMARY KEY (of_table, of_key)
);

CREATE TABLE chaos.violation (
    of_table text NOT NULL,
    of_key   text NOT NULL,
    found    text NOT NULL
);

-- What the job is refused with while it is set: 53100 is a full disk.
CREATE TABLE chaos.refusal (sqlstate text NOT NULL);

CREATE FUNCTION chaos.refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    wanted text;
BEGIN
    SELECT sqlstate INTO wanted FROM chaos.refusal;
    IF wanted IS NOT NULL THEN
        RAISE EXCEPTION 'refused on purpose' USING ERRCODE = wanted;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION chaos.audit_image(a_table text, a_key text, a_at bigint, a_rank integer)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    last record;
BEGIN
    SELECT at, rank INTO last FROM chaos.audit WHERE of_table = a_table AND of_key = a_key;
    -- A snapshot may find what the stream has brought already, but nothing older.
    IF FOUND AND ((last.at, last.rank) > (a_at, a_rank)
            OR (last.at, last.rank) = (a_at, a_rank)
                AND NOT EXISTS (SELECT FROM seamerge.snapshot WHERE state <> 'done')) THEN
        INSERT INTO chaos.violation
        VALUES (a_table, a_key, format('(%s, %s) after (%s, %s)', a_at, a_rank, last.at, last.rank));
    END IF;
    INSERT INTO chaos.audit VALUES (a_table, a_key, a_at, a_rank)
    ON CONFLICT (of_table, of_key) DO UPDATE SET at = excluded.at, rank = excluded.rank;
END $$;

CREATE FUNCTION chaos.audit_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM chaos.audit_image('accounts', NEW._source_instance || '/' || NEW.id, NEW.revision, 0);
    RETURN NULL;
END $$;

CREATE FUNCTION chaos.audit_profile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM chaos.audit_image('profiles', NEW.id::text, NEW.at, position(NEW.editor IN 'cba'));
    RETURN NULL;
END $$;

CREATE TRIGGER audit AFTER INSERT OR UPDATE ON chaos.accounts
FOR EACH ROW EXECUTE FUNCTION chaos.audit_account();
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON chaos.profiles
FOR EACH ROW EXECUTE FUNCTION chaos.audit_profile();
CREATE TRIGGER refuse AFTER INSERT OR UPDATE OR DELETE ON chaos.accounts
FOR EACH STATEMENT EXECUTE FUNCTION chaos.refuse();
CREATE TRIGGER refuse AFTER INSERT OR UPDATE OR DELETE ON chaos.profiles
FOR EACH STATEMENT EXECUTE FUNCTION chaos.refuse();

GRANT SELECT, INSERT, UPDATE, DELETE ON chaos.accounts, chaos.profiles TO chaos_writer;
ALTER TABLE chaos.accounts OWNER TO chaos_writer;
ALTER TABLE chaos.profiles OWNER TO chaos_writer;
