-- Rows that these idempotency keys already have.
SELECT vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, idempotency_key, debit_id, campaign_id,
    batch_no, hash, created_at,
    (SELECT hold_id FROM kloyst.hold_capture c WHERE c.vendor_id = $1::uuid AND c.transaction_id = transaction.id)
FROM kloyst.transaction WHERE vendor_id = $1::uuid AND idempotency_key = ANY ($2::text[])
