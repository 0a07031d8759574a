-- Evidence in order of time, of one contact unless $2 is NULL.
SELECT vendor_id, id, contact_id, kind, source, at, user_key, message_id, text, created_at
FROM kloyst.consent_event
WHERE vendor_id = $1::uuid AND id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
    AND ($2::uuid IS NULL OR contact_id = coalesce((
        SELECT into_id FROM kloyst.contact_merge WHERE vendor_id = $1::uuid AND contact_id = $2::uuid), $2::uuid))
ORDER BY id LIMIT $4::int4
