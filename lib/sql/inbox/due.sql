-- Leases up to $1 items whose message was not known, until their next try: after 10 seconds, 20, 40 … at most three hours.
WITH due AS (
    SELECT id FROM kloyst.webhook_set_aside WHERE next_at <= now() ORDER BY next_at LIMIT $1::int4 FOR UPDATE SKIP LOCKED
)
UPDATE kloyst.webhook_set_aside s
SET tries = s.tries + 1, next_at = now() + least(10 * (2 ^ least(s.tries + 1, 20)), 10800) * interval '1 second'
FROM due WHERE s.id = due.id
RETURNING s.id, s.phone_number_id, s.is_message, s.item
