-- Ledger rows as their proof needs them; who asks knows the vendor and the wallet.
SELECT seq, id, type, amount, balance_after, reference, idempotency_key, debit_id, campaign_id, batch_no,
    hash, created_at
FROM kloyst.transaction
WHERE vendor_id = $1::uuid AND wallet_id = $2::uuid AND seq > $3::bigint AND seq <= $4::bigint
ORDER BY seq LIMIT $5::int4
