-- The vendors who wrote to the users $2 of the numbers $1: place in the arrays (from 1), vendor, when last.
SELECT x.place, r.vendor_id, r.last_at
FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS x (phone_number_id, recipient, place)
CROSS JOIN LATERAL (
    SELECT k.vendor_id, k.last_at FROM kloyst.webhook_route k
    WHERE k.phone_number_id = x.phone_number_id AND k.recipient = x.recipient ORDER BY k.vendor_id OFFSET 0
) r
ORDER BY x.place, r.vendor_id
