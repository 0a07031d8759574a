-- The three roles and the schema. Roles belong to the whole server, so another database's migration may
-- have made them already, or be making them now.
--   kloyst_owner     owns the schema and every table; nobody logs in as it
--   kloyst_app       tenant code: sees the rows of the vendor in kloyst.vendor_id and nothing else
--   kloyst_platform  directories, webhook inbox and lanes; no tenant table
-- kloyst_app may become kloyst_platform by SET ROLE but inherits nothing from it (NOINHERIT), so that
-- a tenant transaction cannot read a directory by accident.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kloyst_owner') THEN
        BEGIN
            CREATE ROLE kloyst_owner NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kloyst_platform') THEN
        BEGIN
            CREATE ROLE kloyst_platform NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kloyst_app') THEN
        BEGIN
            CREATE ROLE kloyst_app NOLOGIN NOINHERIT IN ROLE kloyst_platform;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    -- Since PostgreSQL 16 a role that made another is a member of it, but may not become it by that alone.
    IF NOT pg_has_role(current_user, 'kloyst_owner',
                       CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END) THEN
        BEGIN
            EXECUTE format('GRANT kloyst_owner TO %I', current_user);
        EXCEPTION WHEN unique_violation THEN NULL; -- another database's migration was first
        END;
    END IF;
END
$$;

GRANT USAGE, CREATE ON SCHEMA kloyst TO kloyst_owner;
GRANT USAGE ON SCHEMA kloyst TO kloyst_app, kloyst_platform;
GRANT SELECT ON kloyst.migration TO kloyst_app, kloyst_platform;
