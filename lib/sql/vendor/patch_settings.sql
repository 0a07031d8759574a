UPDATE kloyst.vendor SET settings = kloyst.json_merge_patch(settings, $2::jsonb), updated_at = now() WHERE id = $1::uuid
