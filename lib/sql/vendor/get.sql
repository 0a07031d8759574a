SELECT id, name, plan_type, settings, created_at, updated_at FROM kloyst.vendor WHERE id = $1::uuid
