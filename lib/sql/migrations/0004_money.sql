-- Wallet, ledger, holds, and the two tables by which the database itself refuses a refund above its debit
-- and a second refund of a message.
SET LOCAL ROLE kloyst_owner;

CREATE TYPE kloyst.transaction_type AS ENUM ('CREDIT_RECHARGE', 'DEBIT_MESSAGE', 'REFUND');

-- What columns of money, texts and hashes hold. Domains and not checks of the tables: PostgreSQL reads a table's checks from
-- their text again in every statement that writes to it, a domain's once in a session; of a single debit they were
-- a quarter of the server's work. NaN passes every comparison, hence the explicit refusals.
CREATE DOMAIN kloyst.money AS numeric(10,4) CHECK (VALUE >= 0 AND VALUE <> 'NaN');
CREATE DOMAIN kloyst.amount AS numeric(10,4) CHECK (VALUE > 0 AND VALUE <> 'NaN');
CREATE DOMAIN kloyst.ledger_seq AS bigint CHECK (VALUE > 0);
CREATE DOMAIN kloyst.ledger_hash AS bytea CHECK (length(VALUE) = 32);
CREATE DOMAIN kloyst.reference AS text CHECK (length(VALUE) <= 255);
-- Keys are only ever compared for equality, and bytes compare fastest.
CREATE DOMAIN kloyst.idempotency_key AS text COLLATE "C" CHECK (VALUE <> '' AND length(VALUE) <= 255);

-- available = balance - held.
-- fillfactor: a hot wallet is updated in place (HOT) as long as its page has room.
-- updated_at never goes back, whatever transactions that waited for the row and the clock do: ledger rows take their time
-- from it, so that their times are in order of seq and a moment is found by bisection, without an index.
CREATE TABLE kloyst.wallet (
    vendor_id  uuid NOT NULL REFERENCES kloyst.vendor (id),
    id         uuid NOT NULL,
    balance    kloyst.money NOT NULL DEFAULT 0,
    held       kloyst.money NOT NULL DEFAULT 0,
    seq        bigint NOT NULL DEFAULT 0,
    head       kloyst.ledger_hash NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id),
    CONSTRAINT wallet_held_within_balance CHECK (held <= balance)
) WITH (fillfactor = 50);

CREATE TABLE kloyst.transaction (
    vendor_id       uuid NOT NULL,
    id              uuid NOT NULL,
    wallet_id       uuid NOT NULL,
    seq             kloyst.ledger_seq NOT NULL,
    type            kloyst.transaction_type NOT NULL,
    amount          kloyst.amount NOT NULL,
    balance_after   kloyst.money NOT NULL,
    reference       kloyst.reference NOT NULL,
    idempotency_key kloyst.idempotency_key,
    debit_id        uuid,   -- of a REFUND of one debit: that debit; the foreign key is refund_total's
    campaign_id     uuid,   -- of a campaign's captures and refunds
    batch_no        int,    -- of a capture: the batch it pays for
    hash            kloyst.ledger_hash NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, seq), -- a vendor has one wallet
    UNIQUE (vendor_id, idempotency_key)
);
-- Only captures of a campaign: other rows need not be in it.
CREATE UNIQUE INDEX transaction_batch_paid_once ON kloyst.transaction (vendor_id, campaign_id, batch_no)
    WHERE campaign_id IS NOT NULL;

-- One step of the hash chain; docs/ledger-format.md describes the bytes. Text is cast by byteain, which is
-- IMMUTABLE where convert_to() is only STABLE; doubling the backslashes makes that cast exact.
CREATE FUNCTION kloyst.ledger_hash(previous bytea, vendor_id uuid, wallet_id uuid, seq bigint, id uuid,
    type kloyst.transaction_type, amount numeric, balance_after numeric, reference text, idempotency_key text,
    debit_id uuid, campaign_id uuid, batch_no int, created_us bigint) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256('\x4b4c4731'::bytea || previous || uuid_send(vendor_id) || uuid_send(wallet_id) || int8send(seq)
        || uuid_send(id)
        || CASE type WHEN 'CREDIT_RECHARGE' THEN '\x01'::bytea WHEN 'DEBIT_MESSAGE' THEN '\x02'::bytea ELSE '\x03'::bytea END
        || int8send((amount * 10000)::bigint) || int8send((balance_after * 10000)::bigint) || int8send(created_us)
        || uuid_send(coalesce(debit_id, '00000000-0000-0000-0000-000000000000'))
        || uuid_send(coalesce(campaign_id, '00000000-0000-0000-0000-000000000000'))
        || int4send(coalesce(batch_no, -1))
        || int4send(octet_length(reference)) || replace(reference, '\', '\\')::bytea
        || int4send(coalesce(octet_length(idempotency_key), -1))
        || coalesce(replace(idempotency_key, '\', '\\')::bytea, '\x'::bytea))
$$;

-- Privileges stop the application; these triggers stop the owner too, and fire under
-- session_replication_role = replica as well.
CREATE FUNCTION kloyst.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'kloyst.% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON kloyst.transaction
    FOR EACH ROW EXECUTE FUNCTION kloyst.refuse_change();
CREATE TRIGGER append_only_table BEFORE TRUNCATE ON kloyst.transaction
    FOR EACH STATEMENT EXECUTE FUNCTION kloyst.refuse_change();
ALTER TABLE kloyst.transaction ENABLE ALWAYS TRIGGER append_only_rows;
ALTER TABLE kloyst.transaction ENABLE ALWAYS TRIGGER append_only_table;

-- In the place of a foreign key from every ledger row to its wallet, a third of the work of writing one: a row is only
-- written with a wallet that is locked, and a wallet that has rows stays.
CREATE TRIGGER keep_wallet_with_ledger BEFORE DELETE ON kloyst.wallet
    FOR EACH ROW WHEN (OLD.seq > 0) EXECUTE FUNCTION kloyst.refuse_change();
CREATE TRIGGER keep_wallets BEFORE TRUNCATE ON kloyst.wallet
    FOR EACH STATEMENT EXECUTE FUNCTION kloyst.refuse_change();
ALTER TABLE kloyst.wallet ENABLE ALWAYS TRIGGER keep_wallet_with_ledger;
ALTER TABLE kloyst.wallet ENABLE ALWAYS TRIGGER keep_wallets;

-- Money set aside: amount = captured + released + what is still held. `open` is a column of its own for the index's sake: a
-- capture that leaves something changes no indexed value and stays an update in place (HOT), and holds that are done with do not
-- stand in the way of those that are to expire.
CREATE TABLE kloyst.hold (
    vendor_id       uuid NOT NULL,
    id              uuid NOT NULL,
    wallet_id       uuid NOT NULL,
    campaign_id     uuid,
    amount          numeric(10,4) NOT NULL CHECK (amount > 0 AND amount <> 'NaN'),
    captured        numeric(10,4) NOT NULL DEFAULT 0 CHECK (captured >= 0 AND captured <> 'NaN'),
    released        numeric(10,4) NOT NULL DEFAULT 0 CHECK (released >= 0 AND released <> 'NaN'),
    reference       text NOT NULL CHECK (length(reference) <= 255),
    idempotency_key text CHECK (idempotency_key <> '' AND length(idempotency_key) <= 255),
    expires_at      timestamptz, -- NULL: never
    open            boolean GENERATED ALWAYS AS (captured + released < amount) STORED,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, wallet_id) REFERENCES kloyst.wallet (vendor_id, id),
    UNIQUE (vendor_id, campaign_id),
    UNIQUE (vendor_id, idempotency_key),
    CONSTRAINT hold_within_amount CHECK (captured + released <= amount),
    CONSTRAINT hold_of_campaign_never_expires CHECK (campaign_id IS NULL OR expires_at IS NULL)
) WITH (fillfactor = 50);
CREATE INDEX hold_expiring ON kloyst.hold (vendor_id, expires_at) WHERE expires_at IS NOT NULL AND open;

-- Platform table: vendors with holds that expire, and when the next one may; never later than it does. What looks after expired
-- holds finds them here without asking every vendor.
CREATE TABLE kloyst.hold_due (
    vendor_id uuid PRIMARY KEY,
    next_at   timestamptz NOT NULL
);
CREATE INDEX hold_due_next_at ON kloyst.hold_due (next_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON kloyst.hold_due TO kloyst_platform;

-- Which hold a ledger row was captured from by hand; a campaign's captures say their campaign. It stands beside the ledger
-- because the hash chain's encoding has no room for it.
CREATE TABLE kloyst.hold_capture (
    vendor_id      uuid NOT NULL,
    transaction_id uuid NOT NULL,
    hold_id        uuid NOT NULL,
    PRIMARY KEY (vendor_id, transaction_id),
    FOREIGN KEY (vendor_id, transaction_id) REFERENCES kloyst.transaction (vendor_id, id),
    FOREIGN KEY (vendor_id, hold_id) REFERENCES kloyst.hold (vendor_id, id)
);

-- How much of a debit was given back; only debits with a refund have a row.
CREATE TABLE kloyst.refund_total (
    vendor_id uuid NOT NULL,
    debit_id  uuid NOT NULL,
    amount    numeric(10,4) NOT NULL CHECK (amount > 0 AND amount <> 'NaN'), -- of the debit
    refunded  numeric(10,4) NOT NULL CHECK (refunded > 0 AND refunded <> 'NaN'),
    PRIMARY KEY (vendor_id, debit_id),
    FOREIGN KEY (vendor_id, debit_id) REFERENCES kloyst.transaction (vendor_id, id),
    CONSTRAINT refund_within_debit CHECK (refunded <= amount)
) WITH (fillfactor = 70);
