-- Messages that were refused in passing come again later: $2 ids, $3 when, $4 codes, $5 how often each was refused by now. A message
-- of a batch goes to the queue, one that came from there goes back; reporting it again changes nothing. Rows: those that
-- are not sent again, because their campaign was cancelled meanwhile. The messages are locked already.
WITH refused AS MATERIALIZED (
    SELECT x.id, x.due_at, x.error_code, x.attempts, q.id IS NOT NULL AS queued,
        EXISTS (SELECT FROM kloyst.campaign c
                WHERE c.vendor_id = $1::uuid AND c.id = q.campaign_id AND c.status = 'CANCELLED') AS cancelled,
        EXISTS (SELECT FROM kloyst.message_log l WHERE l.vendor_id = $1::uuid AND l.id = x.id) AS logged
    FROM unnest($2::uuid[], $3::timestamptz[], $4::int4[], $5::int4[]) AS x (id, due_at, error_code, attempts)
    LEFT JOIN LATERAL (
        SELECT m.id, m.campaign_id FROM kloyst.message_queue m WHERE m.vendor_id = $1::uuid AND m.id = x.id LIMIT 1
    ) q ON true
), fresh AS MATERIALIZED (
    SELECT x.id, x.due_at, x.error_code, x.attempts, r.campaign_id, r.batch_no, r.contact_id, r.mobile, r.price,
        c.template_name, c.status <> 'CANCELLED' AS wanted, w.id AS waba_account_id, w.phone_number_id
    FROM refused x
    JOIN kloyst.recipient r ON r.vendor_id = $1::uuid AND r.id = x.id AND r.campaign_id IS NOT NULL
    JOIN kloyst.campaign c ON c.vendor_id = $1::uuid AND c.id = r.campaign_id
    JOIN kloyst.waba_account w ON w.vendor_id = $1::uuid AND w.id = c.waba_account_id
    WHERE NOT x.queued AND NOT x.logged
), inserted AS (
    INSERT INTO kloyst.message_queue (vendor_id, id, waba_account_id, phone_number_id, campaign_id, batch_no, contact_id, mobile,
        template_name, price, due_at, attempts, error_code)
    SELECT $1::uuid, f.id, f.waba_account_id, f.phone_number_id, f.campaign_id, f.batch_no, f.contact_id, f.mobile,
        f.template_name, f.price, f.due_at, f.attempts, f.error_code
    FROM fresh f WHERE f.wanted ORDER BY f.id
), returned AS (
    UPDATE kloyst.message_queue q SET due_at = x.due_at, error_code = x.error_code, attempts = x.attempts, started = false,
        lease_token = NULL, leased_until = NULL
    FROM refused x
    WHERE q.vendor_id = $1::uuid AND q.id = x.id AND NOT x.cancelled AND q.settle_at IS NULL AND q.attempts < x.attempts
    RETURNING q.waba_account_id, q.phone_number_id, q.due_at
), counted AS (
    UPDATE kloyst.batch b SET deferred = b.deferred + d.messages, status = s.status,
        lease_token = CASE WHEN s.status = 'SETTLING' THEN NULL ELSE b.lease_token END,
        leased_until = CASE WHEN s.status = 'SETTLING' THEN NULL ELSE b.leased_until END
    FROM (SELECT campaign_id, batch_no, count(*) AS messages FROM fresh WHERE wanted GROUP BY campaign_id, batch_no) d
    JOIN kloyst.batch o ON o.vendor_id = $1::uuid AND o.campaign_id = d.campaign_id AND o.no = d.batch_no
    CROSS JOIN LATERAL (
        SELECT CASE WHEN o.unknown + o.sent + o.failed + o.delivered + o.read + o.cancelled + o.deferred + d.messages = o.size
            THEN 'SETTLING'::kloyst.batch_status ELSE o.status END AS status
    ) s
    WHERE b.vendor_id = $1::uuid AND b.campaign_id = d.campaign_id AND b.no = d.batch_no
), wake AS (
    INSERT INTO kloyst.lane AS l (vendor_id, waba_account_id, campaign_id, phone_number_id, next_at)
    SELECT $1::uuid, k.waba_account_id, '00000000-0000-0000-0000-000000000000', min(k.phone_number_id), min(k.due_at)
    FROM (SELECT * FROM returned UNION ALL
          SELECT f.waba_account_id, f.phone_number_id, f.due_at FROM fresh f WHERE f.wanted) k
    GROUP BY k.waba_account_id ORDER BY k.waba_account_id
    ON CONFLICT (vendor_id, waba_account_id, campaign_id) DO UPDATE SET next_at = least(l.next_at, excluded.next_at)
)
SELECT id FROM fresh WHERE NOT wanted
UNION ALL
SELECT id FROM refused WHERE cancelled
