-- A campaign's messages are the ids from its first one on; 2^32 - 1 of them at most.
SELECT c.recipients, c.left_out,
    m.unknown, m.sent, m.delivered, m.read, m.failed, m.accepted,
    coalesce((SELECT h.amount - h.captured - h.released FROM kloyst.hold h WHERE h.vendor_id = $1::uuid AND h.id = c.hold_id), 0),
    coalesce((SELECT sum(t.amount) FROM kloyst.transaction t
              WHERE t.vendor_id = $1::uuid AND t.campaign_id = c.id AND t.type = 'DEBIT_MESSAGE'), 0),
    coalesce((SELECT sum(t.amount) FROM kloyst.transaction t
              WHERE t.vendor_id = $1::uuid AND t.campaign_id = c.id AND t.type = 'REFUND'), 0)
FROM kloyst.campaign c
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE l.status = 'UNKNOWN') AS unknown, count(*) FILTER (WHERE l.status = 'SENT') AS sent,
        count(*) FILTER (WHERE l.status = 'DELIVERED') AS delivered, count(*) FILTER (WHERE l.status = 'READ') AS read,
        count(*) FILTER (WHERE l.status = 'FAILED') AS failed, count(l.wa_message_id) AS accepted
    FROM kloyst.message_log l
    WHERE l.vendor_id = $1::uuid AND l.id >= c.first_message_id
        AND l.id <= (left(c.first_message_id::text, 28) || 'ffffffff')::uuid
) m
WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid
