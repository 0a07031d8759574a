UPDATE kloyst.campaign SET name = $3::text, updated_at = now() WHERE vendor_id = $1::uuid AND id = $2::uuid
