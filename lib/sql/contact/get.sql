SELECT vendor_id, id, mobile, attributes, created_at, updated_at FROM kloyst.contact
WHERE vendor_id = $1::uuid AND id = $2::uuid
