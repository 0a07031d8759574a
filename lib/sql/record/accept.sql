-- Messages $4 … $8 of batch $3 of campaign $2, which Meta accepted at $9, when nothing is known of any of them yet: what
-- record/apply.sql would do, without asking for each message. A row tells that it is done; no row: something is known of one of them,
-- or one of the batch waits in the queue, and nothing has happened. The batch is locked already (batch/lock.sql), so what is
-- read of it and its messages stays true.
WITH batch AS MATERIALIZED (
    SELECT b.sent + b.failed + b.delivered + b.read + b.cancelled + cardinality($4::uuid[]) AS settled, b.unknown, b.size, b.status
    FROM kloyst.batch b
    WHERE b.vendor_id = $1::uuid AND b.campaign_id = $2::uuid AND b.no = $3::int4 AND b.deferred = 0 AND b.status <> 'COMPLETED'
        -- While the batch counts nothing, none of its messages is in the log.
        AND (b.unknown + b.sent + b.failed + b.delivered + b.read = 0 OR NOT EXISTS (
            SELECT FROM unnest($4::uuid[]) AS x (id)
            CROSS JOIN LATERAL (
                SELECT l.id FROM kloyst.message_log l WHERE l.vendor_id = $1::uuid AND l.id = x.id LIMIT 1
            ) known))
), message AS (
    INSERT INTO kloyst.message_log (vendor_id, id, campaign_id, batch_no, contact_id, mobile, wa_message_id, status, direction, price,
        sent_at)
    SELECT $1::uuid, x.id, $2::uuid, $3::int4, nullif(x.contact_id, '00000000-0000-0000-0000-000000000000'), x.mobile,
        x.wa_message_id, 'SENT', 'OUTBOUND', x.price, $9::timestamptz
    FROM (SELECT unnest($4::uuid[]) AS id, unnest($5::text[]) AS wa_message_id, unnest($6::uuid[]) AS contact_id,
              unnest($7::text[]) AS mobile, unnest($8::numeric[]) AS price) x
    WHERE (SELECT true FROM batch)
), told AS (
    INSERT INTO kloyst.event (vendor_id, kind, message_ids, states)
    SELECT $1::uuid, 'MESSAGE_STATE', $4::uuid[], array_fill(2::smallint, ARRAY[cardinality($4::uuid[])])
    FROM batch WHERE EXISTS (SELECT FROM kloyst.event_consumer WHERE vendor_id = $1::uuid)
), counted AS (
    UPDATE kloyst.batch b SET sent = b.sent + cardinality($4::uuid[]), accepted = b.accepted + cardinality($4::uuid[]),
        status = s.status,
        lease_token = CASE WHEN s.status IN ('SETTLING', 'COMPLETED') THEN NULL ELSE b.lease_token END,
        leased_until = CASE WHEN s.status IN ('SETTLING', 'COMPLETED') THEN NULL ELSE b.leased_until END
    FROM batch o
    CROSS JOIN LATERAL (
        SELECT CASE WHEN o.settled = o.size THEN 'COMPLETED'::kloyst.batch_status
                    WHEN o.settled + o.unknown = o.size THEN 'SETTLING'::kloyst.batch_status ELSE o.status END AS status
    ) s
    WHERE b.vendor_id = $1::uuid AND b.campaign_id = $2::uuid AND b.no = $3::int4
    RETURNING b.status = 'COMPLETED' AS completed
), ended AS (
    UPDATE kloyst.campaign c SET open_batches = c.open_batches - 1, updated_at = $9::timestamptz,
        -- A hint only: batches that others complete at this moment are found to be closed by the next one.
        first_open_batch = greatest(c.first_open_batch, coalesce((
            SELECT b.no FROM kloyst.batch b
            WHERE b.vendor_id = $1::uuid AND b.campaign_id = c.id AND b.no >= c.first_open_batch
                AND b.status IN ('QUEUED', 'LEASED')
            ORDER BY b.no LIMIT 1), 0)),
        status = CASE WHEN c.open_batches = 1 AND c.status IN ('QUEUED', 'PROCESSING', 'PAUSED')
            THEN 'COMPLETED'::kloyst.campaign_status ELSE c.status END,
        completed_at = CASE WHEN c.open_batches = 1 THEN $9::timestamptz ELSE c.completed_at END
    FROM counted d
    WHERE d.completed AND c.vendor_id = $1::uuid AND c.id = $2::uuid
    RETURNING c.id, c.open_batches = 0 AS ended
), rest AS (
    SELECT h.id, h.amount - h.captured - h.released AS amount
    FROM kloyst.hold h JOIN ended e ON h.campaign_id = e.id
    WHERE h.vendor_id = $1::uuid AND e.ended AND h.amount > h.captured + h.released
    FOR NO KEY UPDATE OF h
), freed AS (
    UPDATE kloyst.hold h SET released = h.released + r.amount, updated_at = $9::timestamptz
    FROM rest r WHERE h.vendor_id = $1::uuid AND h.id = r.id
    RETURNING r.amount
), closed AS (
    DELETE FROM kloyst.lane l USING ended e WHERE l.vendor_id = $1::uuid AND l.campaign_id = e.id AND e.ended
), paid AS (
    UPDATE kloyst.wallet w SET held = w.held - f.amount, updated_at = greatest(w.updated_at, now())
    FROM (SELECT sum(amount) AS amount FROM freed) f WHERE w.vendor_id = $1::uuid AND f.amount > 0
)
SELECT true FROM batch
