-- The debits that are to be refunded, and what is left of each.
SELECT t.id, t.amount - coalesce(r.refunded, 0), t.amount, t.campaign_id
FROM kloyst.transaction t
LEFT JOIN kloyst.refund_total r ON r.vendor_id = $1::uuid AND r.debit_id = t.id
WHERE t.vendor_id = $1::uuid AND t.id = ANY ($2::uuid[]) AND t.type = 'DEBIT_MESSAGE'
