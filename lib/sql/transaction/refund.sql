-- One refund of one debit. The last column tells what happened: 1 posted, 2 the key was used before and this is its
-- row, 3 the wallet would pass the cap, 4 no such debit, 5 more than is left of the debit; no row: no wallet.
-- The wallet is locked first: its newest balance decides before anything is counted as given back.
WITH prior AS (
    SELECT * FROM kloyst.transaction WHERE vendor_id = $1::uuid AND idempotency_key = $5::text
), debit AS (
    SELECT id, amount, campaign_id FROM kloyst.transaction
    WHERE vendor_id = $1::uuid AND id = $6::uuid AND type = 'DEBIT_MESSAGE' AND NOT EXISTS (SELECT FROM prior)
), locked AS (
    SELECT id FROM kloyst.wallet
    WHERE vendor_id = $1::uuid AND balance + $3::numeric <= 999999.9999 AND EXISTS (SELECT FROM debit)
    FOR NO KEY UPDATE
), total AS (
    INSERT INTO kloyst.refund_total (vendor_id, debit_id, amount, refunded)
    SELECT $1::uuid, debit.id, debit.amount, $3::numeric FROM debit, locked WHERE debit.amount >= $3::numeric
    ON CONFLICT (vendor_id, debit_id) DO UPDATE SET refunded = refund_total.refunded + excluded.refunded
    WHERE refund_total.refunded + excluded.refunded <= refund_total.amount
    RETURNING debit_id
), changed AS (
    UPDATE kloyst.wallet SET balance = balance + $3::numeric, seq = seq + 1, updated_at = greatest(updated_at, now()),
        head = kloyst.ledger_hash(head, vendor_id, wallet.id, seq + 1, $2::uuid, 'REFUND', $3::numeric,
            balance + $3::numeric, $4::text, $5::text, debit.id, debit.campaign_id, NULL,
            (extract(epoch FROM greatest(updated_at, now())) * 1000000)::bigint)
    FROM total JOIN debit ON debit.id = total.debit_id WHERE vendor_id = $1::uuid
    RETURNING wallet.id, seq, balance, head, updated_at, debit.id AS debit_id, debit.campaign_id
), posted AS (
    INSERT INTO kloyst.transaction (vendor_id, id, wallet_id, seq, type, amount, balance_after, reference,
        idempotency_key, debit_id, campaign_id, hash, created_at)
    SELECT $1::uuid, $2::uuid, id, seq, 'REFUND', $3::numeric, balance, $4::text, $5::text, debit_id, campaign_id, head,
        updated_at FROM changed RETURNING *
)
SELECT vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, idempotency_key, debit_id, campaign_id,
    batch_no, hash, created_at, NULL::uuid, 1 FROM posted
UNION ALL
SELECT vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, idempotency_key, debit_id, campaign_id,
    batch_no, hash, created_at,
    (SELECT hold_id FROM kloyst.hold_capture c WHERE c.vendor_id = $1::uuid AND c.transaction_id = prior.id), 2 FROM prior
UNION ALL
SELECT vendor_id, id, id, seq, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    CASE WHEN NOT EXISTS (SELECT FROM debit) THEN 4 WHEN NOT EXISTS (SELECT FROM locked) THEN 3 ELSE 5 END
FROM kloyst.wallet WHERE vendor_id = $1::uuid AND NOT EXISTS (SELECT FROM posted) AND NOT EXISTS (SELECT FROM prior)
