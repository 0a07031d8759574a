-- Removes up to $2 bodies that were folded more than $1 days ago.
DELETE FROM kloyst.webhook_inbox WHERE id = ANY (ARRAY(
    SELECT id FROM kloyst.webhook_inbox WHERE folded_at < now() - $1::int4 * interval '1 day'
    ORDER BY folded_at LIMIT $2::int4 FOR UPDATE SKIP LOCKED))
