-- Where the single message $2 is, and when something happens to it next. No row: no such single message.
SELECT CASE WHEN m.id IS NOT NULL THEN m.status::text WHEN q.attempts > 0 THEN 'DEFERRED' ELSE 'WAITING' END,
    coalesce(q.settle_at, nullif(q.due_at, 'infinity'))
FROM kloyst.recipient r
LEFT JOIN kloyst.message_log m ON m.vendor_id = $1::uuid AND m.id = r.id
LEFT JOIN kloyst.message_queue q ON q.vendor_id = $1::uuid AND q.id = r.id
WHERE r.vendor_id = $1::uuid AND r.id = $2::uuid AND r.campaign_id IS NULL
