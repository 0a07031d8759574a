SELECT id, vendor_id, waba_id, phone_number_id, messages_per_second, created_at, updated_at FROM kloyst.waba_account
WHERE vendor_id = $1::uuid AND id = $2::uuid
