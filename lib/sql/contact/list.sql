SELECT vendor_id, id, mobile, attributes, created_at, updated_at, bsuid, opted_out_at, blocked_at, undeliverable_at
FROM kloyst.contact
WHERE vendor_id = $1::uuid AND id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000') ORDER BY id LIMIT $3::int4
