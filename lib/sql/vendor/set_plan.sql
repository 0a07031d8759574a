UPDATE kloyst.vendor SET plan_type = $2::kloyst.plan_type, updated_at = now() WHERE id = $1::uuid
