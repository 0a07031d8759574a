-- Those of the messages $2 that are to be settled still, now that nobody else can change them, and whether each is to
-- be sent once more: as its campaign wants, but once, and not when the campaign was cancelled.
SELECT q.id, coalesce(c.unknown_policy = 'RESEND' AND c.status <> 'CANCELLED' AND NOT q.resent, false)
FROM unnest($2::uuid[]) AS x (id)
JOIN kloyst.message_queue q ON q.vendor_id = $1::uuid AND q.id = x.id
LEFT JOIN kloyst.campaign c ON c.vendor_id = $1::uuid AND c.id = q.campaign_id
WHERE q.settle_at <= now()
ORDER BY q.id
