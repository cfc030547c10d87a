-- The role that Postgres-Merge connects as. Run on the target database, as its owner:
--   psql -h HOST -U postgres -d DATABASE -f role.sql
-- Edit: the password, and the schemas that the job writes (here: shop).

CREATE ROLE seamerge LOGIN PASSWORD 'change-this-password';

-- To create the schema "seamerge", where progress, conflicts and status are kept, and the schemas of
-- tables that it creates; and to stage rows in temporary tables.
DO $$
BEGIN
    EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO seamerge', current_database());
END
$$;

-- A schema that is there already, or that somebody else shall own: the role may use it, create
-- tables in it, and write the tables that it finds there.
CREATE SCHEMA IF NOT EXISTS shop;
GRANT USAGE, CREATE ON SCHEMA shop TO seamerge;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shop TO seamerge;

-- Tables that the role creates are its own. Who reads them:
-- ALTER DEFAULT PRIVILEGES FOR ROLE seamerge IN SCHEMA shop GRANT SELECT ON TABLES TO reporting;
