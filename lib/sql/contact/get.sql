-- The contact, also by the id of one that became part of it.
SELECT vendor_id, id, mobile, attributes, created_at, updated_at, bsuid, opted_out_at, blocked_at, undeliverable_at
FROM kloyst.contact
WHERE vendor_id = $1::uuid AND id = coalesce((
    SELECT into_id FROM kloyst.contact_merge WHERE vendor_id = $1::uuid AND contact_id = $2::uuid), $2::uuid)
