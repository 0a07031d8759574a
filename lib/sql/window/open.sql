-- Messages from users, one each in $2 … $4: who wrote to which of the vendor's numbers, and when. The window never gets shorter,
-- whatever order they come in.
INSERT INTO kloyst.conversation_window AS w (vendor_id, phone_number_id, recipient, open_until)
SELECT $1::uuid, x.phone_number_id, x.recipient, max(x.at) + interval '24 hours'
FROM unnest($2::text[], $3::text[], $4::timestamptz[]) AS x (phone_number_id, recipient, at)
GROUP BY x.phone_number_id, x.recipient
ORDER BY x.phone_number_id, x.recipient
ON CONFLICT (vendor_id, phone_number_id, recipient) DO UPDATE SET open_until = excluded.open_until
    WHERE w.vendor_id = $1::uuid AND w.open_until < excluded.open_until
