-- The phone book.
SET LOCAL ROLE kloyst_owner;

-- No foreign key to vendor: checked row by row it is a third of the cost of an import. Those who add contacts lock the vendor's
-- row once instead, and vendor/delete.sql, which takes that lock first, looks here itself.
CREATE TABLE kloyst.contact (
    vendor_id  uuid NOT NULL,
    id         uuid NOT NULL,
    mobile     text COLLATE "C" NOT NULL CHECK (mobile ~ '^[1-9][0-9]{4,14}$'),
    attributes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, mobile)
);
