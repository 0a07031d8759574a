SELECT id, vendor_id, email, role, created_at, updated_at FROM kloyst."user"
WHERE vendor_id = $1::uuid AND id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY id LIMIT $3::int4
