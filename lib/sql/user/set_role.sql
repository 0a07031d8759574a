UPDATE kloyst."user" SET role = $3::kloyst.user_role, updated_at = now() WHERE vendor_id = $1::uuid AND id = $2::uuid
