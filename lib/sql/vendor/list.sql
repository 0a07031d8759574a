SELECT id, name, plan_type, settings, created_at, updated_at FROM kloyst.vendor
WHERE id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000') ORDER BY id LIMIT $2::int4
