-- What a campaign's hold, ledger rows, batches and messages say of its money, as of one moment.
SELECT c.price, c.recipients, coalesce(h.amount, 0), coalesce(h.released, 0),
    coalesce(h.amount - h.captured - h.released, 0),
    l.captured, l.refunded, l.by_hand, b.claimed, m.failed, f.messages, f.given_back, r.of_debits
FROM kloyst.campaign c
LEFT JOIN kloyst.hold h ON h.vendor_id = $1::uuid AND h.id = c.hold_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(t.amount) FILTER (WHERE t.type = 'DEBIT_MESSAGE'), 0) AS captured,
        coalesce(sum(t.amount) FILTER (WHERE t.type = 'REFUND' AND t.debit_id IS NULL), 0) AS refunded,
        coalesce(sum(t.amount) FILTER (WHERE t.type = 'REFUND' AND t.debit_id IS NOT NULL), 0) AS by_hand
    FROM kloyst.transaction t WHERE t.vendor_id = $1::uuid AND t.campaign_id = c.id
) l
CROSS JOIN LATERAL (
    SELECT coalesce(sum(size), 0)::int8 AS claimed FROM kloyst.batch
    WHERE vendor_id = $1::uuid AND campaign_id = c.id AND leases > 0
) b
CROSS JOIN LATERAL (
    SELECT count(*) AS failed FROM kloyst.message_log
    WHERE vendor_id = $1::uuid AND id >= c.first_message_id
        AND id <= (left(c.first_message_id::text, 28) || 'ffffffff')::uuid
        AND failed_at IS NOT NULL AND price > 0
) m
CROSS JOIN LATERAL (
    SELECT count(*) AS messages, coalesce(sum(amount), 0) AS given_back FROM kloyst.message_refund
    WHERE vendor_id = $1::uuid AND message_id >= c.first_message_id
        AND message_id <= (left(c.first_message_id::text, 28) || 'ffffffff')::uuid
) f
CROSS JOIN LATERAL (
    SELECT coalesce(sum(t.refunded), 0) AS of_debits
    FROM kloyst.batch d JOIN kloyst.refund_total t ON t.vendor_id = $1::uuid AND t.debit_id = d.debit_id
    WHERE d.vendor_id = $1::uuid AND d.campaign_id = c.id
) r
WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid
