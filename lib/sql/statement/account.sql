-- What a campaign's holds, ledger rows, batches and messages say of its money, as of one moment.
SELECT c.price, c.recipients, h.amount - c.repriced, h.released - c.repriced, h.still_held, l.captured, l.refunded, l.by_hand, b.claimed, m.not_refunded,
    f.messages, f.given_back, r.of_debits, b.messages, b.worth, b.claimed_worth
FROM kloyst.campaign c
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS amount, coalesce(sum(released), 0) AS released,
        coalesce(sum(amount - captured - released), 0) AS still_held
    FROM kloyst.hold WHERE vendor_id = $1::uuid AND campaign_id = c.id
) h
CROSS JOIN LATERAL (
    SELECT coalesce(sum(t.amount) FILTER (WHERE t.type = 'DEBIT_MESSAGE'), 0) AS captured,
        coalesce(sum(t.amount) FILTER (WHERE t.type = 'REFUND' AND t.debit_id IS NULL), 0) AS refunded,
        coalesce(sum(t.amount) FILTER (WHERE t.type = 'REFUND' AND t.debit_id IS NOT NULL), 0) AS by_hand
    FROM kloyst.transaction t WHERE t.vendor_id = $1::uuid AND t.campaign_id = c.id
) l
CROSS JOIN LATERAL (
    SELECT coalesce(sum(o.messages), 0)::int8 AS messages, coalesce(sum(o.worth), 0) AS worth,
        coalesce(sum(o.messages) FILTER (WHERE n.leases > 0), 0)::int8 AS claimed,
        coalesce(sum(o.worth) FILTER (WHERE n.leases > 0), 0) AS claimed_worth
    FROM kloyst.batch n
    CROSS JOIN LATERAL (
        SELECT count(*) AS messages, sum(price) AS worth FROM kloyst.recipient
        WHERE vendor_id = $1::uuid AND id BETWEEN n.first_message_id AND n.last_message_id
    ) o
    WHERE n.vendor_id = $1::uuid AND n.campaign_id = c.id
) b
CROSS JOIN LATERAL (
    SELECT count(*) AS not_refunded FROM kloyst.message_log g
    WHERE g.vendor_id = $1::uuid AND g.id >= c.first_message_id
        AND g.id <= (left(c.first_message_id::text, 28) || 'ffffffff')::uuid
        AND g.failed_at IS NOT NULL AND g.price > 0
        AND NOT EXISTS (SELECT FROM kloyst.message_refund x WHERE x.vendor_id = $1::uuid AND x.message_id = g.id)
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
