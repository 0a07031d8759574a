-- One credit or debit on a wallet that is as the caller last saw it, who has therefore computed balance, hash and time; no
-- row: it is not. $5 is the balance, $6 the seq, $7 the head and $8 the time after it, $9 and $10 the balance and head before. The key is
-- not looked for: the unique index refuses one that was used. The time is never ahead of the server's clock and never
-- a second behind it.
WITH changed AS (
    UPDATE kloyst.wallet SET balance = $5::numeric, seq = $6::int8, head = $7::bytea, updated_at = $8::timestamptz
    WHERE vendor_id = $1::uuid AND seq = $6::int8 - 1 AND head = $10::bytea AND balance = $9::numeric
        AND held <= $5::numeric AND updated_at <= $8::timestamptz
        AND $8::timestamptz BETWEEN now() - interval '1 second' AND now()
    RETURNING id
)
INSERT INTO kloyst.transaction (vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, idempotency_key,
    hash, created_at)
SELECT $1::uuid, $2::uuid, id, $6::int8, $3::kloyst.transaction_type, $4::numeric, $5::numeric, $11::text, $12::text,
    $7::bytea, $8::timestamptz FROM changed
RETURNING wallet_id, seq, balance_after, hash, created_at, now()
