UPDATE kloyst.contact SET attributes = kloyst.json_merge_patch(attributes, $3::jsonb), updated_at = now()
WHERE vendor_id = $1::uuid AND id = $2::uuid
