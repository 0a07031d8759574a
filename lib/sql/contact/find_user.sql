SELECT vendor_id, id, mobile, attributes, created_at, updated_at, bsuid, opted_out_at, blocked_at, undeliverable_at
FROM kloyst.contact
WHERE vendor_id = $1::uuid AND bsuid = $2::text
