-- Leases up to $1 of the oldest waiting events for $2 seconds.
WITH picked AS (
    SELECT id FROM kloyst.razorpay_inbox WHERE folded_at IS NULL AND (leased_until IS NULL OR leased_until < now())
    ORDER BY id LIMIT $1::int4 FOR UPDATE SKIP LOCKED
), leased AS (
    UPDATE kloyst.razorpay_inbox i SET leased_until = now() + $2::int4 * interval '1 second'
    FROM picked p WHERE i.id = p.id RETURNING i.id, i.event_id, i.body
)
SELECT id, event_id, body FROM leased ORDER BY id
