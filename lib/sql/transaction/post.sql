-- One credit or debit. The last column tells what happened: 1 posted, 2 the key was used before and this is its row,
-- 3 the rule refuses it; no row: no wallet. The UPDATE's WHERE is evaluated again after waiting for the row, so
-- that the rule holds for the newest balance; the chain grows under the lock that the UPDATE takes.
WITH prior AS (
    SELECT * FROM kloyst.transaction WHERE vendor_id = $1::uuid AND idempotency_key = $6::text
), changed AS (
    UPDATE kloyst.wallet SET balance = balance + $7::numeric, seq = seq + 1, updated_at = greatest(updated_at, now()),
        head = kloyst.ledger_hash(head, vendor_id, id, seq + 1, $2::uuid, $3::kloyst.transaction_type, $4::numeric,
            balance + $7::numeric, $5::text, $6::text, NULL, NULL, NULL,
            (extract(epoch FROM greatest(updated_at, now())) * 1000000)::bigint)
    WHERE vendor_id = $1::uuid AND balance + $7::numeric BETWEEN held AND 999999.9999
        AND NOT EXISTS (SELECT FROM prior)
    RETURNING id, seq, balance, head, updated_at
), posted AS (
    INSERT INTO kloyst.transaction (vendor_id, id, wallet_id, seq, type, amount, balance_after, reference,
        idempotency_key, hash, created_at)
    SELECT $1::uuid, $2::uuid, id, seq, $3::kloyst.transaction_type, $4::numeric, balance, $5::text, $6::text, head,
        updated_at FROM changed RETURNING *
)
SELECT vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, idempotency_key, debit_id, campaign_id,
    batch_no, hash, created_at, NULL::uuid, 1 FROM posted
UNION ALL
SELECT vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, idempotency_key, debit_id, campaign_id,
    batch_no, hash, created_at,
    (SELECT hold_id FROM kloyst.hold_capture c WHERE c.vendor_id = $1::uuid AND c.transaction_id = prior.id), 2 FROM prior
UNION ALL
SELECT vendor_id, id, id, seq, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 3 FROM kloyst.wallet
WHERE vendor_id = $1::uuid AND NOT EXISTS (SELECT FROM posted) AND NOT EXISTS (SELECT FROM prior)
