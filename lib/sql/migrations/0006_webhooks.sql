-- The webhook inbox: raw bodies as Meta sent them, and the items that could not be applied.
SET LOCAL ROLE kloyst_owner;

CREATE TABLE kloyst.webhook_inbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at  timestamptz NOT NULL DEFAULT now(),
    body         bytea NOT NULL,
    leased_until timestamptz,
    folded_at    timestamptz,
    replayed     boolean NOT NULL DEFAULT false -- waits, or was folded, a second time
);
CREATE INDEX webhook_inbox_waiting ON kloyst.webhook_inbox (id) WHERE folded_at IS NULL;
CREATE INDEX webhook_inbox_folded ON kloyst.webhook_inbox (folded_at) WHERE folded_at IS NOT NULL;

-- Bodies are large, written once and read once: pglz would be half the work of storing one. A server may be built without lz4.
DO $$
BEGIN
    ALTER TABLE kloyst.webhook_inbox ALTER body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END
$$;

-- Items set aside with the reason; `item` are the original bytes. Those with next_at name a message that nobody knows yet, or
-- come from a user nobody wrote to: they are tried again until expires_at. The others are kept for a person.
CREATE TABLE kloyst.webhook_set_aside (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    inbox_id   bigint NOT NULL,
    ordinal    int NOT NULL,   -- of the item in its body: folding again finds the same row
    reason     text NOT NULL,
    item       bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    phone_number_id text,
    is_message boolean,        -- from a user; else a status
    tries      int NOT NULL DEFAULT 0,
    next_at    timestamptz,
    expires_at timestamptz,
    UNIQUE (inbox_id, ordinal),
    CONSTRAINT webhook_set_aside_tried_again CHECK ((next_at IS NULL) = (expires_at IS NULL)
        AND (next_at IS NULL OR (phone_number_id IS NOT NULL AND is_message IS NOT NULL)))
);
CREATE INDEX webhook_set_aside_due ON kloyst.webhook_set_aside (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_set_aside_kept ON kloyst.webhook_set_aside (created_at) WHERE next_at IS NULL;
