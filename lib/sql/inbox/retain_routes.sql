-- Removes up to $2 routes that nobody wrote by for $1 days.
DELETE FROM kloyst.webhook_route r
USING (SELECT phone_number_id, recipient, vendor_id FROM kloyst.webhook_route
       WHERE last_day < (now() AT TIME ZONE 'UTC')::date - $1::int4
       ORDER BY last_day LIMIT $2::int4 FOR UPDATE SKIP LOCKED) old
WHERE r.phone_number_id = old.phone_number_id AND r.recipient = old.recipient AND r.vendor_id = old.vendor_id
