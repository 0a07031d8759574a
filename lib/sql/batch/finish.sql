-- Completes the batch when every message of it has a row in the log, and the campaign with its last batch: what is left
-- of the hold is released and the lane goes.
WITH done AS (
    UPDATE kloyst.batch b SET status = 'COMPLETED', lease_token = NULL, leased_until = NULL
    WHERE b.vendor_id = $1::uuid AND b.campaign_id = $2::uuid AND b.no = $3::int4 AND b.status <> 'COMPLETED'
        AND b.started = b.size
        AND (SELECT count(*) FROM kloyst.message_log m
             WHERE m.vendor_id = $1::uuid AND m.id BETWEEN b.first_message_id AND b.last_message_id) = b.size
    RETURNING b.campaign_id
), counted AS (
    UPDATE kloyst.campaign c SET open_batches = c.open_batches - 1, updated_at = now(),
        status = CASE WHEN c.open_batches = 1 THEN 'COMPLETED'::kloyst.campaign_status ELSE c.status END,
        completed_at = CASE WHEN c.open_batches = 1 THEN $4::timestamptz ELSE c.completed_at END
    FROM done d WHERE c.vendor_id = $1::uuid AND c.id = d.campaign_id
    RETURNING c.id, c.hold_id, c.open_batches
), rest AS (
    SELECT h.id, h.amount - h.captured - h.released AS amount
    FROM kloyst.hold h JOIN counted c ON h.id = c.hold_id
    WHERE h.vendor_id = $1::uuid AND c.open_batches = 0 AND h.amount > h.captured + h.released
    FOR NO KEY UPDATE OF h
), freed AS (
    UPDATE kloyst.hold h SET released = h.released + r.amount, updated_at = now()
    FROM rest r WHERE h.vendor_id = $1::uuid AND h.id = r.id
    RETURNING r.amount
), unheld AS (
    UPDATE kloyst.wallet w SET held = w.held - f.amount, updated_at = greatest(w.updated_at, now())
    FROM freed f WHERE w.vendor_id = $1::uuid
), closed AS (
    DELETE FROM kloyst.lane l USING counted c WHERE l.vendor_id = $1::uuid AND l.campaign_id = c.id AND c.open_batches = 0
)
SELECT EXISTS (SELECT FROM done), EXISTS (SELECT FROM counted WHERE open_batches = 0)
