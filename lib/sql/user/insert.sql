INSERT INTO kloyst."user" (vendor_id, id, email, password_hash, role)
VALUES ($1::uuid, $2::uuid, $3::text, $4::text, $5::kloyst.user_role)
RETURNING id, vendor_id, email, role, created_at, updated_at
