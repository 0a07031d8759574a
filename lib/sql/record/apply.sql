-- Merges what is known of outbound messages, one row each in $2 … $10, into the message log. The state after any set of
-- reports does not depend on their order or number: the greatest status, the earliest times, the error of the earliest
-- failure (then the smallest code, then text). A row that would stay as it is gets no new version. The messages are
-- locked already (record/lock.sql, batch/lock.sql). In the same statement the counters of their batches follow, a batch all of whose
-- messages are settled is COMPLETED, and with the last one the campaign, at $11: the rest of its hold is released and its lane goes. Readers of the event feed are told.
WITH event AS MATERIALIZED (
    SELECT e.id, coalesce(m.campaign_id, r.campaign_id) AS campaign_id, coalesce(m.batch_no, r.batch_no) AS batch_no,
        r.contact_id, r.mobile, r.price, m.status AS old_status, m.error_code AS old_code,
        m.wa_message_id IS NOT NULL AS was_accepted, coalesce(m.wa_message_id, e.wa_message_id) AS wa_message_id,
        greatest(m.status, e.status) AS status, least(m.sent_at, e.sent_at) AS sent_at,
        least(m.delivered_at, e.delivered_at) AS delivered_at, least(m.read_at, e.read_at) AS read_at,
        least(m.failed_at, e.failed_at) AS failed_at,
        CASE WHEN e.first_failure THEN e.error_code ELSE m.error_code END AS error_code,
        CASE WHEN e.first_failure THEN e.error_text ELSE m.error_text END AS error_text,
        e.first_failure OR e.status > m.status OR (m.wa_message_id IS NULL AND e.wa_message_id IS NOT NULL)
            OR least(m.sent_at, e.sent_at) IS DISTINCT FROM m.sent_at
            OR least(m.delivered_at, e.delivered_at) IS DISTINCT FROM m.delivered_at
            OR least(m.read_at, e.read_at) IS DISTINCT FROM m.read_at AS changed
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[],
        $8::timestamptz[], $9::int4[], $10::text[])
        AS x (id, wa_message_id, status, sent_at, delivered_at, read_at, failed_at, error_code, error_text)
    LEFT JOIN LATERAL (
        SELECT l.* FROM kloyst.message_log l
        WHERE l.vendor_id = $1::uuid AND l.id = x.id AND l.direction = 'OUTBOUND'
            -- All are of batch $13 of campaign $12: while it counts nothing, none of them is in the log.
            AND coalesce((SELECT b.unknown + b.sent + b.failed + b.delivered + b.read > 0 FROM kloyst.batch b
                          WHERE b.vendor_id = $1::uuid AND b.campaign_id = $12::uuid AND b.no = $13::int4), true)
        LIMIT 1
    ) m ON true
    LEFT JOIN LATERAL (
        SELECT c.* FROM kloyst.recipient c
        WHERE c.vendor_id = $1::uuid AND c.id = x.id AND m.id IS NULL LIMIT 1
    ) r ON true
    CROSS JOIN LATERAL (
        SELECT x.id, x.wa_message_id, x.status::kloyst.message_status AS status, x.sent_at, x.delivered_at, x.read_at,
            x.failed_at, x.error_code, x.error_text, x.failed_at IS NOT NULL AND (m.failed_at IS NULL
            OR (x.failed_at, x.error_code, coalesce(x.error_text, '') COLLATE "C")
             < (m.failed_at, m.error_code, coalesce(m.error_text, '') COLLATE "C")) AS first_failure
    ) e
    WHERE m.id IS NOT NULL OR r.id IS NOT NULL
), fresh AS (
    INSERT INTO kloyst.message_log (vendor_id, id, campaign_id, batch_no, contact_id, mobile, wa_message_id, status,
        direction, price, error_code, error_text, sent_at, delivered_at, read_at, failed_at)
    SELECT $1::uuid, n.id, n.campaign_id, n.batch_no, n.contact_id, n.mobile, n.wa_message_id, n.status, 'OUTBOUND', n.price,
        n.error_code, n.error_text, n.sent_at, n.delivered_at, n.read_at, n.failed_at
    FROM event n WHERE n.old_status IS NULL ORDER BY n.id
), merged AS (
    UPDATE kloyst.message_log m SET wa_message_id = n.wa_message_id, status = n.status, sent_at = n.sent_at,
        delivered_at = n.delivered_at, read_at = n.read_at, failed_at = n.failed_at, error_code = n.error_code,
        error_text = n.error_text
    FROM event n WHERE m.vendor_id = $1::uuid AND m.id = n.id AND n.old_status IS NOT NULL AND n.changed
), told AS (
    INSERT INTO kloyst.event (vendor_id, kind, message_ids, states)
    SELECT $1::uuid, 'MESSAGE_STATE', array_agg(n.id),
        array_agg((CASE n.status WHEN 'SENT' THEN 2 WHEN 'DELIVERED' THEN 4 WHEN 'READ' THEN 5 WHEN 'FAILED' THEN 3 ELSE 1 END)::smallint)
    FROM event n
    WHERE n.status IS DISTINCT FROM n.old_status AND EXISTS (SELECT FROM kloyst.event_consumer WHERE vendor_id = $1::uuid)
    HAVING count(*) > 0
), waiting AS (
    SELECT b.campaign_id, b.no FROM (SELECT DISTINCT campaign_id, batch_no FROM event WHERE old_status IS NULL) k
    JOIN kloyst.batch b ON b.vendor_id = $1::uuid AND b.campaign_id = k.campaign_id AND b.no = k.batch_no
    WHERE b.deferred > 0
), undeferred AS (
    SELECT n.campaign_id, n.batch_no, count(*) AS messages
    FROM event n JOIN kloyst.message_queue q ON q.vendor_id = $1::uuid AND q.id = n.id
    WHERE n.old_status IS NULL AND (n.campaign_id, n.batch_no) IN (SELECT w.campaign_id, w.no FROM waiting w)
    GROUP BY n.campaign_id, n.batch_no
), left_queue AS (
    DELETE FROM kloyst.message_queue q USING event n
    WHERE q.vendor_id = $1::uuid AND q.id = n.id AND n.status <> 'UNKNOWN'
        AND (n.batch_no IS NULL OR n.old_status = 'UNKNOWN'
            OR (n.old_status IS NULL AND (n.campaign_id, n.batch_no) IN (SELECT w.campaign_id, w.no FROM waiting w)))
), failure AS (
    INSERT INTO kloyst.campaign_failure AS f (vendor_id, campaign_id, batch_no, code, messages)
    SELECT $1::uuid, d.campaign_id, d.batch_no, d.code, sum(d.messages)
    FROM (
        SELECT n.campaign_id, n.batch_no, n.error_code AS code, 1 AS messages
        FROM event n WHERE n.batch_no IS NOT NULL AND n.status = 'FAILED'
        UNION ALL
        SELECT n.campaign_id, n.batch_no, n.old_code, -1 FROM event n WHERE n.batch_no IS NOT NULL AND n.old_status = 'FAILED'
    ) d
    GROUP BY d.campaign_id, d.batch_no, d.code HAVING sum(d.messages) <> 0 ORDER BY d.campaign_id, d.batch_no, d.code
    ON CONFLICT (vendor_id, campaign_id, batch_no, code) DO UPDATE SET messages = f.messages + excluded.messages
), moved AS (
    SELECT n.campaign_id, n.batch_no,
        count(*) FILTER (WHERE n.status = 'UNKNOWN') - count(*) FILTER (WHERE n.old_status = 'UNKNOWN') AS unknown,
        count(*) FILTER (WHERE n.status = 'SENT') - count(*) FILTER (WHERE n.old_status = 'SENT') AS sent,
        count(*) FILTER (WHERE n.status = 'FAILED') - count(*) FILTER (WHERE n.old_status = 'FAILED') AS failed,
        count(*) FILTER (WHERE n.status = 'DELIVERED') - count(*) FILTER (WHERE n.old_status = 'DELIVERED') AS delivered,
        count(*) FILTER (WHERE n.status = 'READ') - count(*) FILTER (WHERE n.old_status = 'READ') AS read,
        count(*) FILTER (WHERE n.wa_message_id IS NOT NULL AND NOT n.was_accepted) AS accepted,
        coalesce((SELECT u.messages FROM undeferred u
                  WHERE u.campaign_id = n.campaign_id AND u.batch_no = n.batch_no), 0) AS undeferred
    FROM event n
    WHERE n.batch_no IS NOT NULL
        AND (n.old_status IS DISTINCT FROM n.status OR (n.wa_message_id IS NOT NULL AND NOT n.was_accepted))
    GROUP BY n.campaign_id, n.batch_no
), counted AS (
    UPDATE kloyst.batch b SET unknown = b.unknown + d.unknown, sent = b.sent + d.sent, failed = b.failed + d.failed,
        delivered = b.delivered + d.delivered, read = b.read + d.read, accepted = b.accepted + d.accepted,
        deferred = b.deferred - d.undeferred, status = s.status,
        lease_token = CASE WHEN s.status IN ('SETTLING', 'COMPLETED') THEN NULL ELSE b.lease_token END,
        leased_until = CASE WHEN s.status IN ('SETTLING', 'COMPLETED') THEN NULL ELSE b.leased_until END
    FROM moved d
    JOIN kloyst.batch o ON o.vendor_id = $1::uuid AND o.campaign_id = d.campaign_id AND o.no = d.batch_no
    CROSS JOIN LATERAL (
        SELECT o.sent + o.failed + o.delivered + o.read + o.cancelled + d.sent + d.failed + d.delivered + d.read AS settled,
            o.unknown + o.deferred + d.unknown - d.undeferred AS unsettled
    ) t
    CROSS JOIN LATERAL (
        SELECT CASE WHEN t.settled = o.size THEN 'COMPLETED'::kloyst.batch_status
                    WHEN t.settled + t.unsettled = o.size THEN 'SETTLING'::kloyst.batch_status ELSE o.status END AS status
    ) s
    WHERE b.vendor_id = $1::uuid AND b.campaign_id = d.campaign_id AND b.no = d.batch_no
    RETURNING b.campaign_id, b.status = 'COMPLETED' AND o.status <> 'COMPLETED' AS completed
), ended AS (
    UPDATE kloyst.campaign c SET open_batches = c.open_batches - d.batches, updated_at = $11::timestamptz,
        -- A hint only: batches that others complete at this moment are found to be closed by the next one.
        first_open_batch = greatest(c.first_open_batch, coalesce((
            SELECT b.no FROM kloyst.batch b
            WHERE b.vendor_id = $1::uuid AND b.campaign_id = c.id AND b.no >= c.first_open_batch
                AND b.status IN ('QUEUED', 'LEASED')
            ORDER BY b.no LIMIT 1), 0)),
        status = CASE WHEN c.open_batches = d.batches AND c.status IN ('QUEUED', 'PROCESSING', 'PAUSED')
            THEN 'COMPLETED'::kloyst.campaign_status ELSE c.status END,
        completed_at = CASE WHEN c.open_batches = d.batches THEN $11::timestamptz ELSE c.completed_at END
    FROM (SELECT campaign_id, count(*)::int AS batches FROM counted WHERE completed GROUP BY campaign_id) d
    WHERE c.vendor_id = $1::uuid AND c.id = d.campaign_id
    RETURNING c.id, c.open_batches = 0 AS ended
), rest AS (
    SELECT h.id, h.amount - h.captured - h.released AS amount
    FROM kloyst.hold h JOIN ended e ON h.campaign_id = e.id
    WHERE h.vendor_id = $1::uuid AND e.ended AND h.amount > h.captured + h.released
    FOR NO KEY UPDATE OF h
), freed AS (
    UPDATE kloyst.hold h SET released = h.released + r.amount, updated_at = $11::timestamptz
    FROM rest r WHERE h.vendor_id = $1::uuid AND h.id = r.id
    RETURNING r.amount
), closed AS (
    DELETE FROM kloyst.lane l USING ended e WHERE l.vendor_id = $1::uuid AND l.campaign_id = e.id AND e.ended
)
UPDATE kloyst.wallet w SET held = w.held - f.amount, updated_at = greatest(w.updated_at, now())
FROM (SELECT sum(amount) AS amount FROM freed) f WHERE w.vendor_id = $1::uuid AND f.amount > 0
