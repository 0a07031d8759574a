-- What the peers keep: as little as a wallet with an append-only ledger can have. No policies, no foreign key, no hash chain.
CREATE SCHEMA peer;
CREATE TABLE peer.wallet (
    id      uuid PRIMARY KEY,
    balance numeric(10,4) NOT NULL CHECK (balance >= 0),
    seq     bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
CREATE TABLE peer.entry (
    id            uuid PRIMARY KEY,
    wallet_id     uuid NOT NULL,
    seq           bigint NOT NULL,
    amount        numeric(10,4) NOT NULL,
    balance_after numeric(10,4) NOT NULL,
    reference     text NOT NULL,
    key           text UNIQUE,
    created_at    timestamptz NOT NULL DEFAULT now()
);
INSERT INTO peer.wallet (id, balance) SELECT id, 900000 FROM kloyst.vendor;
GRANT USAGE ON SCHEMA peer TO kloyst_app;
GRANT ALL ON ALL TABLES IN SCHEMA peer TO kloyst_app;
