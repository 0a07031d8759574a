-- Recharge by Razorpay: what vendors are expected to pay, the events as Razorpay sent them, and what became of each
-- payment.
SET LOCAL ROLE kloyst_owner;

CREATE TABLE kloyst.payment_order (
    vendor_id  uuid NOT NULL REFERENCES kloyst.vendor (id),
    order_id   text NOT NULL CHECK (order_id ~ '^order_[A-Za-z0-9]{1,58}$'),
    amount     numeric(10,4) NOT NULL CHECK (amount > 0 AND amount <> 'NaN' AND amount = round(amount, 2)),
    currency   text NOT NULL CHECK (currency = 'INR'),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vendor_id, order_id)
);

-- Events name an order and no vendor: an order id belongs to one vendor for ever. Nobody may change or remove a row.
CREATE TABLE kloyst.order_directory (
    order_id  text PRIMARY KEY,
    vendor_id uuid NOT NULL
);

CREATE TABLE kloyst.razorpay_inbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id     text NOT NULL UNIQUE CHECK (event_id <> '' AND length(event_id) <= 255),
    received_at  timestamptz NOT NULL DEFAULT now(),
    body         bytea NOT NULL,
    leased_until timestamptz,
    folded_at    timestamptz
);
CREATE INDEX razorpay_inbox_waiting ON kloyst.razorpay_inbox (id) WHERE folded_at IS NULL;

-- One row per payment, over all its events: the place where "credited once" is decided, and where a payment that was
-- not credited is kept with the reason. Refunds, disputes and events that nobody understands are only kept.
CREATE TABLE kloyst.razorpay_item (
    kind        text NOT NULL CHECK (kind IN ('PAYMENT', 'REFUND', 'DISPUTE', 'EVENT')),
    subject     text NOT NULL CHECK (subject <> '' AND length(subject) <= 255), -- its id; of an EVENT the event's
    id          bigint GENERATED ALWAYS AS IDENTITY,
    payment_id  text,
    order_id    text,
    vendor_id   uuid,
    paise       bigint CHECK (paise >= 0),
    currency    text,
    captured    boolean NOT NULL DEFAULT false,
    event       text,
    reason      text CHECK (reason IN ('UNKNOWN_ORDER', 'CURRENCY', 'AMOUNT', 'NOT_CAPTURED', 'LIMIT', 'CONFLICT',
                                       'REFUND', 'DISPUTE', 'MALFORMED', 'CONTRADICTION')),
    credited_at timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, subject),
    CONSTRAINT razorpay_item_credited_is_not_kept CHECK (credited_at IS NULL OR reason IS NULL)
);
CREATE INDEX razorpay_item_kept ON kloyst.razorpay_item (id) WHERE reason IS NOT NULL;

ALTER TABLE kloyst.payment_order ENABLE ROW LEVEL SECURITY;
ALTER TABLE kloyst.payment_order FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON kloyst.payment_order TO kloyst_app
    USING (vendor_id = nullif(current_setting('kloyst.vendor_id', true), '')::uuid)
    WITH CHECK (vendor_id = nullif(current_setting('kloyst.vendor_id', true), '')::uuid);
CREATE POLICY tenant_only ON kloyst.payment_order AS RESTRICTIVE TO kloyst_app
    USING (vendor_id = nullif(current_setting('kloyst.vendor_id', true), '')::uuid)
    WITH CHECK (vendor_id = nullif(current_setting('kloyst.vendor_id', true), '')::uuid);
GRANT SELECT, INSERT ON kloyst.payment_order TO kloyst_app;
GRANT SELECT, INSERT ON kloyst.order_directory TO kloyst_platform;
GRANT SELECT, INSERT, UPDATE ON kloyst.razorpay_inbox, kloyst.razorpay_item TO kloyst_platform;
