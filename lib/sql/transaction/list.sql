SELECT vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, idempotency_key, debit_id, campaign_id,
    batch_no, hash, created_at,
    (SELECT hold_id FROM kloyst.hold_capture c WHERE c.vendor_id = $1::uuid AND c.transaction_id = transaction.id)
FROM kloyst.transaction
WHERE vendor_id = $1::uuid AND wallet_id = (SELECT id FROM kloyst.wallet WHERE vendor_id = $1::uuid)
    AND seq > $2::bigint AND seq <= $3::bigint
ORDER BY seq LIMIT $4::int4
