-- The queue of single and deferred messages, and how often which error ended a campaign's messages.
SET LOCAL ROLE kloyst_owner;

-- What is not a fresh batch of a campaign: single messages, messages that were refused in passing, and, with settle_at, messages
-- whose answer was lost. A row goes when its message has left these states for good.
CREATE TABLE kloyst.message_queue (
    vendor_id         uuid NOT NULL,
    id                uuid NOT NULL, -- of the message
    waba_account_id   uuid NOT NULL,
    phone_number_id   text NOT NULL,
    campaign_id       uuid,
    batch_no          int,
    contact_id        uuid,
    mobile            text COLLATE "C" NOT NULL,
    body              text, -- NULL: made from the recipient and its campaign
    template_name     text,
    template_language text,
    template_category text,
    price             numeric(10,4) NOT NULL,
    single            boolean GENERATED ALWAYS AS (campaign_id IS NULL) STORED,
    due_at            timestamptz NOT NULL DEFAULT now(),
    settle_at         timestamptz,                    -- the answer was lost: not sent, but settled then; due_at is infinity
    attempts          int NOT NULL DEFAULT 0,         -- times that it was refused in passing
    resent            boolean NOT NULL DEFAULT false, -- its answer was lost once, and it is sent once more
    error_code        int,                            -- of the last refusal
    started           boolean NOT NULL DEFAULT false, -- may have left under the lease
    lease_token       uuid,
    leased_until      timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vendor_id, id),
    CONSTRAINT message_queue_has_body CHECK (body IS NOT NULL OR campaign_id IS NOT NULL),
    CONSTRAINT message_queue_batch_of_campaign CHECK ((campaign_id IS NULL) = (batch_no IS NULL)),
    CONSTRAINT message_queue_settled_not_sent CHECK (settle_at IS NULL OR due_at = 'infinity')
) WITH (fillfactor = 70);
-- Leases change no column of these: they stay updates in place. Partial, so that what is found by the key is never looked for here, which
-- to a planner with old statistics looks as good.
CREATE INDEX message_queue_due ON kloyst.message_queue (vendor_id, waba_account_id, single, due_at, id) WHERE settle_at IS NULL;
CREATE INDEX message_queue_settle ON kloyst.message_queue (vendor_id, settle_at) WHERE settle_at IS NOT NULL;

-- Messages of a batch in state FAILED, by error code; 0: without one. Kept with the counters of the batch.
CREATE TABLE kloyst.campaign_failure (
    vendor_id   uuid NOT NULL,
    campaign_id uuid NOT NULL,
    batch_no    int NOT NULL,
    code        int NOT NULL,
    messages    int NOT NULL,
    PRIMARY KEY (vendor_id, campaign_id, batch_no, code)
) WITH (fillfactor = 70);

DO $$
DECLARE
    tenant_table text;
    mine text := 'vendor_id = nullif(current_setting(''kloyst.vendor_id'', true), '''')::uuid';
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['message_queue', 'campaign_failure']
    LOOP
        EXECUTE format('ALTER TABLE kloyst.%I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE kloyst.%I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY tenant ON kloyst.%I TO kloyst_app USING (%s) WITH CHECK (%s)', tenant_table, mine, mine);
        EXECUTE format('CREATE POLICY tenant_only ON kloyst.%I AS RESTRICTIVE TO kloyst_app USING (%s) WITH CHECK (%s)',
                       tenant_table, mine, mine);
    END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON kloyst.message_queue TO kloyst_app;
GRANT SELECT, INSERT, UPDATE ON kloyst.campaign_failure TO kloyst_app;
