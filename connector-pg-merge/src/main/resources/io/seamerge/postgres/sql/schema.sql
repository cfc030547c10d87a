CREATE SCHEMA IF NOT EXISTS seamerge;

CREATE SEQUENCE seamerge.writer_epoch AS bigint;

CREATE TABLE seamerge.progress (
    pipeline     text        NOT NULL,
    instance     text        NOT NULL,
    lane         integer     NOT NULL,
    incarnation  bigint      NOT NULL,
    version_time bigint      NOT NULL,
    version_row  bigint      NOT NULL,
    floor_time   bigint      NOT NULL,
    flushes      bigint      NOT NULL,
    epoch        bigint      NOT NULL,
    rules        text        NOT NULL,
    -- Up to here changes may come that were applied before: their keys had other lanes.
    repeats_to_time bigint   NOT NULL,
    repeats_to_row  bigint   NOT NULL,
    moved_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (pipeline, instance, lane)
) WITH (fillfactor = 25);
COMMENT ON TABLE seamerge.progress IS
    'How far each lane of a pipeline has applied each instance; moved in the transaction of the rows';

CREATE TABLE seamerge.instance (
    pipeline       text        NOT NULL,
    instance       text        NOT NULL,
    incarnation    bigint      NOT NULL,
    version_time   bigint      NOT NULL,
    version_row    bigint      NOT NULL,
    position       text,
    commit_time    timestamptz,
    caught_up_time timestamptz,
    snapshots_left integer,
    server_uuid    text,
    heartbeat_at   timestamptz NOT NULL,
    PRIMARY KEY (pipeline, instance)
) WITH (fillfactor = 25);
COMMENT ON TABLE seamerge.instance IS
    'The last control row of each instance: everything up to its position has been applied';

CREATE TABLE seamerge.source (
    source_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pipeline  text NOT NULL,
    instance  text NOT NULL,
    database  text NOT NULL,
    "table"   text NOT NULL,
    target    text NOT NULL,
    UNIQUE (pipeline, instance, database, "table", target)
);
COMMENT ON TABLE seamerge.source IS
    'The sources of merged tables, by the number that the state tables of consolidated ones hold';

CREATE TABLE seamerge.snapshot (
    pipeline       text        NOT NULL,
    instance       text        NOT NULL,
    database       text        NOT NULL,
    "table"        text        NOT NULL,
    target         text        NOT NULL,
    state          text        NOT NULL CHECK (state IN ('begun', 'done')),
    incarnation    bigint      NOT NULL,
    rows_read      bigint      NOT NULL,
    rows_estimated bigint,
    repeated       boolean     NOT NULL DEFAULT false,
    begun_at       timestamptz NOT NULL,
    done_at        timestamptz,
    PRIMARY KEY (pipeline, instance, database, "table", target)
);
COMMENT ON TABLE seamerge.snapshot IS
    'How far the snapshot of each source table has been applied';

CREATE TABLE seamerge.handoff (
    name         text        NOT NULL,
    instance     text        NOT NULL,
    pipeline     text        NOT NULL,
    state        text        NOT NULL CHECK (state IN ('begun', 'finished')),
    incarnation  bigint      NOT NULL,
    version_time bigint      NOT NULL,
    version_row  bigint      NOT NULL,
    position     text,
    rows         bigint,
    detail       jsonb,
    begun_at     timestamptz NOT NULL,
    finished_at  timestamptz,
    PRIMARY KEY (name, instance)
);
COMMENT ON TABLE seamerge.handoff IS
    'Where bounded runs ended, for the streaming jobs that start there; finished means that all their rows are here';

CREATE TABLE seamerge.applied (
    pipeline text    NOT NULL,
    instance text    NOT NULL,
    target   text    NOT NULL,
    lane     integer NOT NULL,
    rows     bigint  NOT NULL,
    -- For the rate: how many there were at two moments, 30 to 60 seconds ago and up to 30 seconds ago.
    counted_at   timestamptz NOT NULL DEFAULT now(),
    earlier_at   timestamptz NOT NULL DEFAULT now(),
    earlier_rows bigint      NOT NULL DEFAULT 0,
    sampled_at   timestamptz NOT NULL DEFAULT now(),
    sampled_rows bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (pipeline, instance, target, lane)
) WITH (fillfactor = 25);
COMMENT ON TABLE seamerge.applied IS
    'How many rows of each instance have been applied to each table, per lane so that lanes do not wait for each other';

CREATE TABLE seamerge.holder (
    target   text        NOT NULL PRIMARY KEY,
    pipeline text        NOT NULL,
    since    timestamptz NOT NULL DEFAULT now(),
    -- Under which rules it was written last; null before.
    state_rules text,
    merge_rules text,
    state       text
);
COMMENT ON TABLE seamerge.holder IS
    'Which pipeline writes a table: another is refused until seamerge.take_over names it';
COMMENT ON COLUMN seamerge.holder.state_rules IS
    'What is kept beside the rows follows from these: others are refused';
COMMENT ON COLUMN seamerge.holder.merge_rules IS
    'What stands follows from these: if they change, all rows are made anew';
COMMENT ON COLUMN seamerge.holder.state IS
    'The table of versions; null where there is none';

CREATE TABLE seamerge.purged (
    target    text        NOT NULL PRIMARY KEY,
    cut_time  bigint      NOT NULL,
    purged_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE seamerge.purged IS
    'Up to which version time deletions of consolidated tables are forgotten, since every source has passed it';

CREATE TABLE seamerge.conflict_counter (
    pipeline      text    NOT NULL,
    target        text    NOT NULL,
    type          text    NOT NULL,
    resolution    text    NOT NULL CHECK (resolution IN ('applied', 'discarded')),
    winner_source integer NOT NULL REFERENCES seamerge.source,
    loser_source  integer NOT NULL REFERENCES seamerge.source,
    lane          integer NOT NULL,
    count         bigint  NOT NULL,
    PRIMARY KEY (pipeline, target, type, resolution, winner_source, loser_source, lane)
) WITH (fillfactor = 25);
COMMENT ON TABLE seamerge.conflict_counter IS
    'Changes that met a change of another source: applied, they won; discarded, they lost';

CREATE VIEW seamerge.conflicts AS
SELECT c.pipeline,
       c.target,
       c.type,
       c.resolution,
       winner.instance    AS winner_instance,
       winner.database    AS winner_database,
       winner."table"     AS winner_table,
       loser.instance     AS loser_instance,
       loser.database     AS loser_database,
       loser."table"      AS loser_table,
       sum(c.count)::bigint AS count
FROM seamerge.conflict_counter c
JOIN seamerge.source winner ON winner.source_id = c.winner_source
JOIN seamerge.source loser ON loser.source_id = c.loser_source
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;
COMMENT ON VIEW seamerge.conflicts IS
    'seamerge.conflict_counter with the names of the sources, over all lanes';

CREATE FUNCTION seamerge.source_name(id integer) RETURNS text LANGUAGE sql STABLE AS
    $$SELECT instance || '/' || database || '.' || "table" FROM seamerge.source WHERE source_id = id$$;

CREATE FUNCTION seamerge.version_time(micros bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
    $$SELECT CASE WHEN micros > 0 THEN timestamptz 'epoch' + micros * interval '1 microsecond' END$$;

CREATE TABLE seamerge.conflict (
    applied_at      timestamptz NOT NULL DEFAULT now(),
    pipeline        text        NOT NULL,
    target          text        NOT NULL,
    key             jsonb       NOT NULL,
    type            text        NOT NULL,
    resolution      text        NOT NULL CHECK (resolution IN ('applied', 'discarded')),
    winning_source  text        NOT NULL,
    winning_time    timestamptz,
    winning_version text        NOT NULL,
    winning_image   jsonb,
    losing_source   text        NOT NULL,
    losing_time     timestamptz,
    losing_version  text        NOT NULL,
    losing_image    jsonb
) PARTITION BY RANGE (applied_at);
CREATE INDEX conflict_key ON seamerge.conflict (target, key);
COMMENT ON TABLE seamerge.conflict IS
    'Changes that met a change of another source, if conflict_log says so; one partition per day (UTC)';
COMMENT ON COLUMN seamerge.conflict.winning_time IS
    'What is compared: the version''s time; null for a row of a snapshot, which is older than every change';
COMMENT ON COLUMN seamerge.conflict.winning_version IS
    'Incarnation, version time in microseconds and row number';
COMMENT ON COLUMN seamerge.conflict.winning_image IS
    'The row as it won; null if it is a deletion, if only losers are kept, or if it went to the dead letters';

CREATE TABLE seamerge.dead_letter (
    letter_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pipeline      text        NOT NULL,
    target        text        NOT NULL,
    relation      text        NOT NULL,
    instance      text,
    database      text,
    "table"       text,
    key           jsonb       NOT NULL,
    operation     text        NOT NULL CHECK (operation IN ('snapshot', 'insert', 'update', 'delete')),
    image         json        NOT NULL,
    incarnation   bigint,
    version_time  bigint,
    version_row   bigint,
    sqlstate      text,
    message       text        NOT NULL,
    in_state      boolean     NOT NULL DEFAULT true,
    sources       text,
    merged        text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    superseded_at timestamptz,
    replayed_at   timestamptz
);
CREATE INDEX dead_letter_open ON seamerge.dead_letter (target)
WHERE superseded_at IS NULL AND replayed_at IS NULL;
COMMENT ON TABLE seamerge.dead_letter IS
    'Changes that PostgreSQL refused for what is in them, until a later change of their key or a replay';
COMMENT ON COLUMN seamerge.dead_letter.in_state IS
    'Whether the state has taken the change in, so that only its row is missing';
COMMENT ON COLUMN seamerge.dead_letter.merged IS
    'Where each source has a state of its own (sources): the view of what stands by it';
COMMENT ON COLUMN seamerge.dead_letter.image IS
    'What was to be written, column by column: json, since jsonb has no place for NUL characters';

CREATE TABLE seamerge.verify_run (
    run_id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pipeline    text        NOT NULL,
    repair      boolean     NOT NULL,
    begun_at    timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    outcome     text CHECK (outcome IN ('equal', 'different'))
);
COMMENT ON TABLE seamerge.verify_run IS
    'Verifications; one without an outcome has not come to its end';

CREATE TABLE seamerge.verify_summary (
    run_id    bigint NOT NULL REFERENCES seamerge.verify_run ON DELETE CASCADE,
    target    text   NOT NULL,
    rows      bigint NOT NULL,
    missing   bigint NOT NULL,
    extra     bigint NOT NULL,
    different bigint NOT NULL,
    moving    bigint NOT NULL,
    repaired  bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (run_id, target)
);
COMMENT ON TABLE seamerge.verify_summary IS
    'What a verification found, in numbers; moving: rows that the pipeline went on writing, which were left alone';

CREATE TABLE seamerge.verify (
    run_id   bigint NOT NULL REFERENCES seamerge.verify_run ON DELETE CASCADE,
    target   text   NOT NULL,
    key      jsonb  NOT NULL,
    kind     text   NOT NULL CHECK (kind IN ('missing', 'extra', 'different')),
    source   text,
    "column" text,
    found    jsonb,
    wanted   jsonb
);
CREATE INDEX verify_by_target ON seamerge.verify (run_id, target);
COMMENT ON TABLE seamerge.verify IS
    'What differs, one row per column; without a column, found and wanted are whole rows';

CREATE TABLE seamerge.deferred_key (
    target text        NOT NULL PRIMARY KEY,
    since  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE seamerge.deferred_key IS
    'Tables that a bounded run has created without their key, which is added once their rows are there';

CREATE TABLE seamerge.release (
    version      integer     NOT NULL PRIMARY KEY,
    installed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE seamerge.release IS
    'Versions of this schema, as they were installed';
INSERT INTO seamerge.release (version) VALUES (3);
