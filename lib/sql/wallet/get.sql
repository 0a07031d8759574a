SELECT id, vendor_id, balance, held, seq, updated_at FROM kloyst.wallet WHERE vendor_id = $1::uuid
