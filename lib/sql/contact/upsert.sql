INSERT INTO kloyst.contact AS c (vendor_id, id, mobile, attributes) VALUES ($1::uuid, $2::uuid, $3::text, $4::jsonb)
ON CONFLICT (vendor_id, mobile) DO UPDATE SET attributes = excluded.attributes, updated_at = now()
    WHERE c.vendor_id = $1::uuid
RETURNING vendor_id, id, mobile, attributes, created_at, updated_at
