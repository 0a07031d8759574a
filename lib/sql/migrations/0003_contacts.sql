-- The phone book.
SET LOCAL ROLE kloyst_owner;

CREATE TABLE kloyst.contact (
    vendor_id  uuid NOT NULL REFERENCES kloyst.vendor (id),
    id         uuid NOT NULL,
    mobile     text COLLATE "C" NOT NULL CHECK (mobile ~ '^[1-9][0-9]{4,14}$'),
    attributes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, mobile)
);
