DELETE FROM kloyst.wallet WHERE vendor_id = $1::uuid
