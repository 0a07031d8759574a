SELECT id, vendor_id, email, role, created_at, updated_at FROM kloyst."user"
WHERE vendor_id = $1::uuid AND id = $2::uuid
