-- The webhook inbox: raw bodies as Meta sent them, and the items that could not be applied.
SET LOCAL ROLE kloyst_owner;

CREATE TABLE kloyst.webhook_inbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at  timestamptz NOT NULL DEFAULT now(),
    body         bytea NOT NULL,
    leased_until timestamptz,
    folded_at    timestamptz
);
CREATE INDEX webhook_inbox_waiting ON kloyst.webhook_inbox (id) WHERE folded_at IS NULL;

-- Items set aside with the reason; `item` are the original bytes.
CREATE TABLE kloyst.webhook_set_aside (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    inbox_id   bigint NOT NULL,
    ordinal    int NOT NULL,   -- of the item in its body: folding again finds the same row
    reason     text NOT NULL,
    item       bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (inbox_id, ordinal)
);
