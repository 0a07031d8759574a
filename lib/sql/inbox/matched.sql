DELETE FROM kloyst.webhook_set_aside WHERE id = ANY ($1::int8[]) AND next_at IS NOT NULL
