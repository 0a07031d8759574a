-- Vendors, users and WABA accounts, with the two directories that look across vendors.
SET LOCAL ROLE kloyst_owner;

CREATE TYPE kloyst.plan_type AS ENUM ('SHARED', 'DEDICATED');
CREATE TYPE kloyst.user_role AS ENUM ('ADMIN', 'STAFF');

-- RFC 7396, for settings and attributes.
CREATE FUNCTION kloyst.json_merge_patch(target jsonb, patch jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    result jsonb := CASE WHEN jsonb_typeof(target) = 'object' THEN target ELSE '{}'::jsonb END;
    member record;
BEGIN
    IF jsonb_typeof(patch) <> 'object' THEN
        RETURN patch;
    END IF;
    FOR member IN SELECT key, value FROM jsonb_each(patch) LOOP
        IF member.value = 'null'::jsonb THEN
            result := result - member.key;
        ELSIF jsonb_typeof(member.value) = 'object' THEN
            result := jsonb_set(result, ARRAY[member.key], kloyst.json_merge_patch(result -> member.key, member.value));
        ELSE
            result := jsonb_set(result, ARRAY[member.key], member.value);
        END IF;
    END LOOP;
    RETURN result;
END
$$;

CREATE TABLE kloyst.vendor (
    id         uuid PRIMARY KEY,
    name       text NOT NULL CHECK (name <> '' AND length(name) <= 200),
    plan_type  kloyst.plan_type NOT NULL,
    settings   jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE kloyst."user" (
    vendor_id     uuid NOT NULL REFERENCES kloyst.vendor (id),
    id            uuid NOT NULL,
    email         text NOT NULL CHECK (email <> '' AND length(email) <= 254),
    password_hash text NOT NULL,
    role          kloyst.user_role NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, email)
);

-- The one unique value across vendors. Tenant code has no privilege on it.
CREATE TABLE kloyst.login_directory (
    email     text PRIMARY KEY,
    vendor_id uuid NOT NULL,
    user_id   uuid NOT NULL
);

CREATE TABLE kloyst.waba_account (
    vendor_id           uuid NOT NULL REFERENCES kloyst.vendor (id),
    id                  uuid NOT NULL,
    waba_id             text NOT NULL CHECK (waba_id ~ '^[0-9]{1,32}$'),
    phone_number_id     text NOT NULL CHECK (phone_number_id ~ '^[0-9]{1,32}$'),
    system_user_token   bytea NOT NULL,
    messages_per_second int NOT NULL DEFAULT 80 CHECK (messages_per_second BETWEEN 1 AND 1000),
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, phone_number_id)
);

-- Which vendors a webhook's phone number may belong to.
CREATE TABLE kloyst.waba_directory (
    phone_number_id text NOT NULL,
    vendor_id       uuid NOT NULL,
    waba_id         text NOT NULL,
    waba_account_id uuid NOT NULL,
    PRIMARY KEY (phone_number_id, vendor_id)
);
