-- Vendors wrote to users: number, user, vendor, when; each once and in the order of the key.
INSERT INTO kloyst.webhook_route AS r (phone_number_id, recipient, vendor_id, last_at, last_day)
SELECT x.phone_number_id, x.recipient, x.vendor_id, x.last_at, (x.last_at AT TIME ZONE 'UTC')::date
FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::timestamptz[]) WITH ORDINALITY
    AS x (phone_number_id, recipient, vendor_id, last_at, place)
LEFT JOIN LATERAL (
    SELECT k.last_at FROM kloyst.webhook_route k
    WHERE k.phone_number_id = x.phone_number_id AND k.recipient = x.recipient AND k.vendor_id = x.vendor_id LIMIT 1
) known ON true
WHERE known.last_at IS NULL OR known.last_at < x.last_at
ORDER BY x.place
ON CONFLICT (phone_number_id, recipient, vendor_id) DO UPDATE SET last_at = greatest(r.last_at, excluded.last_at),
    last_day = greatest(r.last_day, excluded.last_day)
