-- The ledger row that paid for a message (that of its batch, or its own) and the one that gave its money back; the last column
-- tells which it is. One row of NULLs: neither; no row: no such message.
SELECT t.vendor_id, t.id, t.wallet_id, t.seq, t.type, t.amount, t.balance_after, t.reference, t.idempotency_key,
    t.debit_id, t.campaign_id, t.batch_no, t.hash, t.created_at, NULL::uuid, t.id = f.refund_id
FROM (
    SELECT id, campaign_id, batch_no, debit_id FROM kloyst.recipient WHERE vendor_id = $1::uuid AND id = $2::uuid
    UNION ALL
    SELECT id, NULL, NULL, NULL FROM kloyst.message_log
    WHERE vendor_id = $1::uuid AND id = $2::uuid AND direction = 'INBOUND'
) m
LEFT JOIN kloyst.batch b ON b.vendor_id = $1::uuid AND b.campaign_id = m.campaign_id AND b.no = m.batch_no
LEFT JOIN kloyst.message_refund f ON f.vendor_id = $1::uuid AND f.message_id = $2::uuid
LEFT JOIN kloyst.transaction t ON t.vendor_id = $1::uuid AND t.id IN (b.debit_id, m.debit_id, f.refund_id)
