-- Removes up to $2 routes that nobody wrote by for $1 days.
DELETE FROM kloyst.webhook_route r
USING (SELECT phone_number_id, recipient, vendor_id FROM kloyst.webhook_route WHERE last_at < now() - $1::int4 * interval '1 day'
       ORDER BY last_at LIMIT $2::int4 FOR UPDATE SKIP LOCKED) old
WHERE r.phone_number_id = old.phone_number_id AND r.recipient = old.recipient AND r.vendor_id = old.vendor_id
