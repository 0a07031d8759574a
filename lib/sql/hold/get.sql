SELECT id, campaign_id, amount, captured, released, reference, created_at, expires_at FROM kloyst.hold
WHERE vendor_id = $1::uuid AND id = $2::uuid
