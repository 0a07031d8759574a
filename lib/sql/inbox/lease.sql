-- Leases the oldest waiting bodies for $3 seconds: at most $1 of them and, beyond the first, at most $2 bytes.
WITH picked AS (
    SELECT id, octet_length(body) AS bytes FROM kloyst.webhook_inbox
    WHERE folded_at IS NULL AND (leased_until IS NULL OR leased_until < now())
    ORDER BY id LIMIT $1::int4 FOR UPDATE SKIP LOCKED
), sized AS (
    SELECT id, bytes, sum(bytes) OVER (ORDER BY id) AS total FROM picked
), leased AS (
    UPDATE kloyst.webhook_inbox i SET leased_until = now() + $3::int4 * interval '1 second'
    FROM sized s WHERE i.id = s.id AND (s.total <= $2::int8 OR s.total = s.bytes)
    RETURNING i.id, i.body, i.replayed
)
SELECT id, body, replayed FROM leased ORDER BY id
