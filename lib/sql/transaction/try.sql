-- One credit or debit when nothing stands against it; no row: post.sql tells what does. A third less work than to ask
-- everything at once. The WHERE of the UPDATE is evaluated again after waiting for the row, so that the rule holds
-- for the newest balance; the chain grows under the lock that the UPDATE takes.
WITH changed AS (
    UPDATE kloyst.wallet SET balance = balance + $7::numeric, seq = seq + 1, updated_at = greatest(updated_at, now()),
        head = kloyst.ledger_hash(head, vendor_id, id, seq + 1, $2::uuid, $3::kloyst.transaction_type, $4::numeric,
            balance + $7::numeric, $5::text, $6::text, NULL, NULL, NULL,
            (extract(epoch FROM greatest(updated_at, now())) * 1000000)::bigint)
    WHERE vendor_id = $1::uuid AND balance + $7::numeric BETWEEN held AND 999999.9999
        AND NOT EXISTS (SELECT FROM kloyst.transaction WHERE vendor_id = $1::uuid AND idempotency_key = $6::text)
    RETURNING id, seq, balance, head, updated_at
)
INSERT INTO kloyst.transaction (vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, idempotency_key,
    hash, created_at)
SELECT $1::uuid, $2::uuid, id, seq, $3::kloyst.transaction_type, $4::numeric, balance, $5::text, $6::text, head,
    updated_at FROM changed
RETURNING wallet_id, seq, balance_after, hash, created_at
