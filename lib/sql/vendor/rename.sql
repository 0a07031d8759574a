UPDATE kloyst.vendor SET name = $2::text, updated_at = now() WHERE id = $1::uuid
