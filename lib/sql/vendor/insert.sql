INSERT INTO kloyst.vendor (id, name, plan_type, settings) VALUES ($1::uuid, $2::text, $3::kloyst.plan_type, $4::jsonb)
RETURNING id, name, plan_type, settings, created_at, updated_at
