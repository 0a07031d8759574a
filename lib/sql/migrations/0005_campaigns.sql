-- Campaigns, their recipients and batches, the lanes that have work, and the message log.
SET LOCAL ROLE kloyst_owner;

CREATE TYPE kloyst.campaign_status AS ENUM ('DRAFT', 'SCHEDULED', 'QUEUED', 'PROCESSING', 'PAUSED', 'COMPLETED',
    'CANCELLED', 'FAILED');
CREATE TYPE kloyst.parameter_format AS ENUM ('POSITIONAL', 'NAMED');
-- SETTLING: nothing of it is left to lease, but the answer to some message is unknown, or it comes again later.
CREATE TYPE kloyst.batch_status AS ENUM ('QUEUED', 'LEASED', 'SETTLING', 'COMPLETED');
-- After the deadline a message whose answer was lost has failed and is refunded, or is sent once more.
CREATE TYPE kloyst.unknown_policy AS ENUM ('FAIL', 'RESEND');
-- In this order the later of two states is the state after both, whatever order they came in:
-- a failure counts until the message is known to have been delivered.
CREATE TYPE kloyst.message_status AS ENUM ('UNKNOWN', 'SENT', 'FAILED', 'DELIVERED', 'READ');
CREATE TYPE kloyst.message_direction AS ENUM ('INBOUND', 'OUTBOUND');

CREATE TABLE kloyst.campaign (
    vendor_id         uuid NOT NULL REFERENCES kloyst.vendor (id),
    id                uuid NOT NULL,
    name              text NOT NULL CHECK (name <> '' AND length(name) <= 200),
    status            kloyst.campaign_status NOT NULL DEFAULT 'DRAFT',
    waba_account_id   uuid NOT NULL,
    template_name     text NOT NULL CHECK (template_name ~ '^[a-z0-9_]+$' AND length(template_name) <= 512),
    template_language text NOT NULL CHECK (template_language ~ '^[a-z]{2,3}([_-][A-Za-z]{2,4})?$'),
    parameter_format  kloyst.parameter_format NOT NULL,
    -- three arrays of one length: name (NAMED only), attribute ('' is the number itself, NULL a fixed text), fallback or fixed text
    parameter_names      text[] NOT NULL,
    parameter_attributes text[] NOT NULL,
    parameter_fallbacks  text[] NOT NULL,
    price             numeric(10,4) NOT NULL CHECK (price >= 0 AND price <> 'NaN'),
    first_message_id  uuid,          -- message n of the campaign has this id + n
    recipients        int NOT NULL DEFAULT 0,
    left_out          int NOT NULL DEFAULT 0, -- contacts whose parameters did not resolve
    batches           int NOT NULL DEFAULT 0,
    open_batches      int NOT NULL DEFAULT 0 CHECK (open_batches >= 0),
    first_open_batch  int NOT NULL DEFAULT 0, -- no batch before it can be leased: where claims begin to look
    hold_id           uuid,
    weight            int NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 100), -- its share beside other campaigns
    unknown_policy    kloyst.unknown_policy NOT NULL DEFAULT 'FAIL',
    unknown_seconds   int NOT NULL DEFAULT 86400 CHECK (unknown_seconds BETWEEN 60 AND 2592000),
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    queued_at         timestamptz,
    completed_at      timestamptz,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, waba_account_id) REFERENCES kloyst.waba_account (vendor_id, id),
    FOREIGN KEY (vendor_id, hold_id) REFERENCES kloyst.hold (vendor_id, id)
);

-- One durable row per message to send, written at enqueue and never updated. Its id is the message's. A single message has no
-- campaign and no batch; what paid for it stands here, for a batch's messages it stands with the batch.
CREATE TABLE kloyst.recipient (
    vendor_id   uuid NOT NULL,
    id          uuid NOT NULL,
    campaign_id uuid,
    contact_id  uuid,
    batch_no    int,
    mobile      text COLLATE "C" NOT NULL, -- E.164 digits, or a business-scoped user id such as IN.1a2b
    price       numeric(10,4) NOT NULL,
    parameters  text[] NOT NULL,
    debit_id    uuid, -- of a single message
    PRIMARY KEY (vendor_id, id),
    CONSTRAINT recipient_batch_of_campaign CHECK ((campaign_id IS NULL) = (batch_no IS NULL))
);

-- One row per 500 recipients: the unit of lease, payment and audit.
CREATE TABLE kloyst.batch (
    vendor_id        uuid NOT NULL,
    campaign_id      uuid NOT NULL,
    no               int NOT NULL,
    first_message_id uuid NOT NULL,
    last_message_id  uuid NOT NULL,
    size             int NOT NULL CHECK (size > 0),
    amount           numeric(10,4) NOT NULL CHECK (amount >= 0 AND amount <> 'NaN'),
    status           kloyst.batch_status NOT NULL DEFAULT 'QUEUED',
    started          int NOT NULL DEFAULT 0, -- messages 0 … started-1 may have left
    lease_token      uuid,
    leased_until     timestamptz,
    leases           int NOT NULL DEFAULT 0,
    debit_id         uuid,
    -- how many of its messages are in each state; what is missing to size has not been sent
    unknown          int NOT NULL DEFAULT 0,
    sent             int NOT NULL DEFAULT 0,
    failed           int NOT NULL DEFAULT 0,
    delivered        int NOT NULL DEFAULT 0,
    read             int NOT NULL DEFAULT 0,
    deferred         int NOT NULL DEFAULT 0, -- refused in passing: in message_queue, to be sent again later
    accepted         int NOT NULL DEFAULT 0, -- of all states: those with a wamid
    PRIMARY KEY (vendor_id, campaign_id, no),
    FOREIGN KEY (vendor_id, campaign_id) REFERENCES kloyst.campaign (vendor_id, id),
    FOREIGN KEY (vendor_id, debit_id) REFERENCES kloyst.transaction (vendor_id, id),
    CONSTRAINT batch_started_within_size CHECK (started BETWEEN 0 AND size),
    CONSTRAINT batch_states_within_size CHECK (unknown >= 0 AND sent >= 0 AND failed >= 0 AND delivered >= 0 AND read >= 0
        AND deferred >= 0 AND unknown + sent + failed + delivered + read + deferred <= size),
    CONSTRAINT batch_accepted_within_size CHECK (accepted BETWEEN 0 AND size)
) WITH (fillfactor = 70);

-- Where senders look for work: a campaign with open batches, or (with the nil UUID as campaign) the single and deferred
-- messages of an account. It rests until next_at.
CREATE TABLE kloyst.lane (
    vendor_id       uuid NOT NULL,
    waba_account_id uuid NOT NULL,
    campaign_id     uuid NOT NULL,
    phone_number_id text NOT NULL,
    weight          int NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 100),
    next_at         timestamptz NOT NULL DEFAULT now(),
    settle_at       timestamptz, -- of an account's lane: when the first message whose answer was lost is to be settled
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vendor_id, waba_account_id, campaign_id),
    FOREIGN KEY (vendor_id, waba_account_id) REFERENCES kloyst.waba_account (vendor_id, id)
) WITH (fillfactor = 70);

-- One row per transmission, in or out. wa_message_id is Meta's wamid. No foreign key: one row lock on the vendor for
-- each message would be most of the cost of writing it; vendor/delete.sql looks here itself.
CREATE TABLE kloyst.message_log (
    vendor_id     uuid NOT NULL,
    id            uuid NOT NULL,
    campaign_id   uuid,
    batch_no      int,
    contact_id    uuid,
    mobile        text COLLATE "C" NOT NULL,
    wa_message_id text COLLATE "C",
    status        kloyst.message_status NOT NULL,
    direction     kloyst.message_direction NOT NULL,
    price         numeric(10,4) NOT NULL DEFAULT 0,
    error_code    int,
    error_text    text,
    content       jsonb, -- of an inbound message: the item as Meta sent it
    sent_at       timestamptz,
    delivered_at  timestamptz,
    read_at       timestamptz,
    failed_at     timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vendor_id, id)
) WITH (fillfactor = 80);
-- Where a wamid leads. A hash index: a third of a B-tree's size, and an entry costs less than half. It does not know that a wamid is
-- unique; Meta sees to that, and the results of a batch must not be lost if it should not. Partial, so that nothing but a wamid is ever
-- looked up in it.
CREATE INDEX message_log_wamid ON kloyst.message_log USING hash (wa_message_id) WHERE wa_message_id IS NOT NULL;
-- A message from a user is stored once, whatever its time is said to be when it is delivered again.
CREATE UNIQUE INDEX message_log_heard ON kloyst.message_log (vendor_id, wa_message_id) WHERE direction = 'INBOUND';

-- Which ledger row gave a message's money back: at most one.
CREATE TABLE kloyst.message_refund (
    vendor_id  uuid NOT NULL,
    message_id uuid NOT NULL,
    refund_id  uuid NOT NULL,
    debit_id   uuid NOT NULL,
    amount     numeric(10,4) NOT NULL CHECK (amount > 0 AND amount <> 'NaN'),
    PRIMARY KEY (vendor_id, message_id),
    FOREIGN KEY (vendor_id, debit_id) REFERENCES kloyst.transaction (vendor_id, id)
);
