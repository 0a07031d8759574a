UPDATE kloyst.wallet SET balance = $2::numeric, seq = $3::int8, head = $4::bytea, updated_at = greatest(updated_at, now())
WHERE vendor_id = $1::uuid
