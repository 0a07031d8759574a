-- The phone book.
SET LOCAL ROLE kloyst_owner;

-- No foreign key to vendor: checked row by row it is a third of the cost of an import. Those who add contacts lock the vendor's
-- row once instead, and vendor/delete.sql, which takes that lock first, looks here itself.
CREATE TABLE kloyst.contact (
    vendor_id  uuid NOT NULL,
    id         uuid NOT NULL,
    mobile     text COLLATE "C" CHECK (mobile ~ '^[1-9][0-9]{4,14}$'),
    -- Meta's business-scoped user id; since 2026 a user may have this and no number.
    bsuid      text COLLATE "C" CHECK (bsuid ~ '^[A-Z]{2}(\.ENT)?\.[A-Za-z0-9]{1,128}$'),
    attributes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    -- True only where every value of the attributes is a text that Meta takes as a parameter: whoever writes attributes says so,
    -- or false if it does not know. Enqueueing need not look at those texts again.
    plain      boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    opted_out_at timestamptz, -- no marketing to it since then
    blocked_at timestamptz,   -- nothing at all is sent to it since then
    undeliverable_at timestamptz, -- Meta could not reach it then, and it has not written since
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, mobile),
    CONSTRAINT contact_is_reachable CHECK (mobile IS NOT NULL OR bsuid IS NOT NULL)
);

-- Whether each of them is such a text, as parameters_are_sound() has it. True of two objects is true of one merged into the other.
CREATE FUNCTION kloyst.attributes_are_plain(jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT coalesce(bool_and(value !~ '[\x01-\x1f\x7f]|     ' AND length(value) <= 1024), true) FROM jsonb_each_text($1)
$$;

CREATE UNIQUE INDEX contact_bsuid ON kloyst.contact (vendor_id, bsuid) WHERE bsuid IS NOT NULL;
