-- Folding on numbers that several vendors share, and what expired without an owner.
SET LOCAL ROLE kloyst_owner;

-- Which vendors wrote to a user of a shared number, and when last: whose message a user answers. A platform table, for the
-- question is which vendor; it holds a digest of the user's number or id, and ids.
CREATE TABLE kloyst.webhook_route (
    phone_number_id text COLLATE "C" NOT NULL,
    recipient       uuid NOT NULL, -- the first half of the SHA-256 of number and user
    vendor_id       uuid NOT NULL,
    last_at         timestamptz NOT NULL,
    last_day        date NOT NULL, -- of last_at, for its index: updates of the same day stay in place (HOT)
    PRIMARY KEY (phone_number_id, recipient, vendor_id)
) WITH (fillfactor = 80);
CREATE INDEX webhook_route_last ON kloyst.webhook_route (last_day);

-- Items that waited for their message in vain: of another system that uses the number.
CREATE TABLE kloyst.webhook_foreign (
    phone_number_id text COLLATE "C" NOT NULL,
    day             date NOT NULL,
    items           bigint NOT NULL,
    PRIMARY KEY (phone_number_id, day)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON kloyst.webhook_route, kloyst.webhook_foreign TO kloyst_platform;
