-- Removes up to $2 items that were set aside for a person more than $1 days ago.
DELETE FROM kloyst.webhook_set_aside WHERE id = ANY (ARRAY(
    SELECT id FROM kloyst.webhook_set_aside WHERE next_at IS NULL AND created_at < now() - $1::int4 * interval '1 day'
    ORDER BY created_at LIMIT $2::int4 FOR UPDATE SKIP LOCKED))
