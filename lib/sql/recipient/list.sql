-- Up to $5 messages of the campaign after the id $4, in state $3 unless that is NULL, in order of id, which is that of
-- the batches. Batches whose counters say that they have none in that state are not read.
SELECT s.id, s.contact_id, s.mobile, b.no, s.price, s.state, s.wa_message_id, s.error_code, s.error_text, s.sent_at,
    s.delivered_at, s.read_at, s.failed_at, s.next_at, s.attempts, s.retry_of
FROM kloyst.campaign c
JOIN kloyst.batch b ON b.vendor_id = $1::uuid AND b.campaign_id = c.id
CROSS JOIN LATERAL (
    -- Messages from here on were not started when the campaign was cancelled.
    SELECT (left(b.first_message_id::text, 28)
        || lpad(to_hex(('x' || right(b.first_message_id::text, 8))::bit(32)::int8 + coalesce(b.cancelled_from, b.started)), 8, '0'))::uuid AS unstarted
) u
CROSS JOIN LATERAL (
    SELECT t.* FROM (
        SELECT r.id, r.contact_id, r.mobile, r.price, r.retry_of, m.wa_message_id,
            coalesce(m.error_code, q.error_code) AS error_code, m.error_text, m.sent_at, m.delivered_at, m.read_at,
            m.failed_at, coalesce(q.settle_at, nullif(q.due_at, 'infinity')) AS next_at, coalesce(q.attempts, 0) AS attempts,
            CASE WHEN m.id IS NOT NULL THEN m.status::text
                 WHEN q.id IS NOT NULL THEN 'DEFERRED'
                 WHEN c.status = 'CANCELLED' AND (r.id >= u.unstarted OR b.lease_token IS NULL) THEN 'CANCELLED'
                 ELSE 'WAITING' END AS state
        FROM kloyst.recipient r
        LEFT JOIN LATERAL (
            SELECT * FROM kloyst.message_log l WHERE l.vendor_id = $1::uuid AND l.id = r.id LIMIT 1
        ) m ON true
        LEFT JOIN LATERAL (
            SELECT * FROM kloyst.message_queue w WHERE w.vendor_id = $1::uuid AND w.id = r.id LIMIT 1
        ) q ON true
        WHERE r.vendor_id = $1::uuid AND r.id BETWEEN b.first_message_id AND b.last_message_id
            AND r.id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000')
    ) t
    WHERE $3::text IS NULL OR t.state = $3::text
    ORDER BY t.id LIMIT $5::int4
) s
WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid
    AND b.no >= coalesce((SELECT a.batch_no FROM kloyst.recipient a WHERE a.vendor_id = $1::uuid AND a.id = $4::uuid), 0)
    AND CASE $3::text WHEN 'UNKNOWN' THEN b.unknown > 0 WHEN 'SENT' THEN b.sent > 0 WHEN 'DELIVERED' THEN b.delivered > 0
        WHEN 'READ' THEN b.read > 0 WHEN 'FAILED' THEN b.failed > 0 WHEN 'DEFERRED' THEN b.deferred > 0
        WHEN 'CANCELLED' THEN b.cancelled > 0
        WHEN 'WAITING' THEN b.size > b.unknown + b.sent + b.delivered + b.read + b.failed + b.deferred + b.cancelled
        ELSE true END
ORDER BY b.no, s.id LIMIT $5::int4
