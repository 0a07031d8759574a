-- What waits, what is deferred, how many messages were handed over in the last minute, and what the account's number
-- may send a second. The minute is counted in the last $3 batches that were begun.
SELECT t.waiting, t.deferred, m.messages, w.messages_per_second
FROM kloyst.campaign c
JOIN kloyst.waba_account w ON w.vendor_id = $1::uuid AND w.id = c.waba_account_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(b.size - b.unknown - b.sent - b.delivered - b.read - b.failed - b.deferred - b.cancelled), 0)::int8 AS waiting,
        coalesce(sum(b.deferred), 0)::int8 AS deferred
    FROM kloyst.batch b WHERE b.vendor_id = $1::uuid AND b.campaign_id = c.id
) t
CROSS JOIN LATERAL (
    SELECT count(*) AS messages
    FROM (
        SELECT b.first_message_id, b.last_message_id FROM kloyst.batch b
        WHERE b.vendor_id = $1::uuid AND b.campaign_id = c.id AND b.started > 0
        ORDER BY b.no DESC LIMIT $3::int4
    ) b
    JOIN kloyst.message_log l ON l.vendor_id = $1::uuid AND l.id BETWEEN b.first_message_id AND b.last_message_id
        AND l.created_at > now() - interval '1 minute'
) m
WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid
