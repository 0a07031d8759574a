SELECT id, vendor_id, email, role, created_at, updated_at, password_hash FROM kloyst."user"
WHERE vendor_id = $1::uuid AND id = $2::uuid
