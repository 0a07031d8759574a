-- Those of the messages $2 whose answer was lost are kept in the queue, not to be sent but to be settled: after their campaign's
-- time, a single message after $4 seconds from $3 on. A message that stands there already keeps its time.
WITH unknown AS MATERIALIZED (
    SELECT m.id, m.campaign_id, m.batch_no, m.contact_id, m.mobile, m.price
    FROM unnest($2::uuid[]) AS x (id)
    CROSS JOIN LATERAL (
        SELECT * FROM kloyst.message_log l
        WHERE l.vendor_id = $1::uuid AND l.id = x.id AND l.status = 'UNKNOWN' AND l.direction = 'OUTBOUND' LIMIT 1
    ) m
), single AS (
    UPDATE kloyst.message_queue q SET settle_at = $3::timestamptz + $4::int4 * interval '1 second', due_at = 'infinity',
        started = false, lease_token = NULL, leased_until = NULL
    FROM unknown u WHERE q.vendor_id = $1::uuid AND q.id = u.id AND u.campaign_id IS NULL AND q.settle_at IS NULL
    RETURNING q.waba_account_id, q.phone_number_id, q.settle_at
), of_campaign AS (
    INSERT INTO kloyst.message_queue AS q (vendor_id, id, waba_account_id, phone_number_id, campaign_id, batch_no, contact_id,
        mobile, template_name, price, due_at, settle_at)
    SELECT $1::uuid, u.id, w.id, w.phone_number_id, u.campaign_id, u.batch_no, u.contact_id, u.mobile, c.template_name,
        u.price, 'infinity', $3::timestamptz + c.unknown_seconds * interval '1 second'
    FROM unknown u
    JOIN kloyst.campaign c ON c.vendor_id = $1::uuid AND c.id = u.campaign_id
    JOIN kloyst.waba_account w ON w.vendor_id = $1::uuid AND w.id = c.waba_account_id
    ORDER BY u.id
    ON CONFLICT (vendor_id, id) DO UPDATE SET settle_at = excluded.settle_at, due_at = 'infinity', started = false,
        lease_token = NULL, leased_until = NULL
    WHERE q.settle_at IS NULL
    RETURNING q.waba_account_id, q.phone_number_id, q.settle_at
)
INSERT INTO kloyst.lane AS l (vendor_id, waba_account_id, campaign_id, phone_number_id, next_at, settle_at)
SELECT $1::uuid, k.waba_account_id, '00000000-0000-0000-0000-000000000000', min(k.phone_number_id), 'infinity',
    min(k.settle_at)
FROM (SELECT * FROM single UNION ALL SELECT * FROM of_campaign) k
GROUP BY k.waba_account_id ORDER BY k.waba_account_id
ON CONFLICT (vendor_id, waba_account_id, campaign_id) DO UPDATE SET settle_at = least(l.settle_at, excluded.settle_at)
