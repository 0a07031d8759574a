-- Ledger rows of a wallet that is as the caller last saw it, as transaction/append.sql writes one; no row: it is not. $2 is the
-- balance, $3 the seq, $4 the head and $5 the time after them all; $6 … $9 are seq, balance, head and held before. $10 … $15 are arrays of one
-- length in order of seq; a change below zero is a debit.
WITH changed AS (
    UPDATE kloyst.wallet SET balance = $2::numeric, seq = $3::int8, head = $4::bytea, updated_at = $5::timestamptz
    WHERE vendor_id = $1::uuid AND seq = $6::int8 AND balance = $7::numeric AND head = $8::bytea AND held = $9::numeric
        AND updated_at <= $5::timestamptz AND $5::timestamptz BETWEEN now() - interval '1 second' AND now()
    RETURNING id
), posted AS (
    INSERT INTO kloyst.transaction (vendor_id, id, wallet_id, seq, type, amount, balance_after, reference,
        idempotency_key, hash, created_at)
    SELECT $1::uuid, x.id, changed.id, $6::int8 + x.n,
        CASE WHEN x.change < 0 THEN 'DEBIT_MESSAGE'::kloyst.transaction_type ELSE 'CREDIT_RECHARGE' END, abs(x.change),
        x.balance_after, x.reference, x.idempotency_key, x.hash, $5::timestamptz
    FROM changed, unnest($10::uuid[], $11::numeric[], $12::numeric[], $13::text[], $14::text[], $15::bytea[])
        WITH ORDINALITY AS x (id, change, balance_after, reference, idempotency_key, hash, n)
)
SELECT now() FROM changed
