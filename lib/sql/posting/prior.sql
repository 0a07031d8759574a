-- Rows that these idempotency keys already have. LIMIT keeps the planner to one look into the index for each key: of
-- idempotency_key = ANY ($2) it makes a walk through all of the vendor's rows when its statistics are old.
SELECT t.vendor_id, t.id, t.wallet_id, t.seq, t.type, t.amount, t.balance_after, t.reference, t.idempotency_key,
    t.debit_id, t.campaign_id, t.batch_no, t.hash, t.created_at,
    (SELECT hold_id FROM kloyst.hold_capture c WHERE c.vendor_id = $1::uuid AND c.transaction_id = t.id)
FROM unnest($2::text[]) AS k (key)
CROSS JOIN LATERAL (
    SELECT * FROM kloyst.transaction WHERE vendor_id = $1::uuid AND idempotency_key = k.key LIMIT 1
) AS t
