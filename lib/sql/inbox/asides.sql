-- Items kept for a person with an id above $1, in order.
SELECT id, reason, item, created_at, phone_number_id FROM kloyst.webhook_set_aside
WHERE id > $1::int8 AND next_at IS NULL ORDER BY id LIMIT $2::int4
