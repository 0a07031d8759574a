SELECT id, vendor_id, waba_id, phone_number_id, messages_per_second, created_at, updated_at FROM kloyst.waba_account
WHERE vendor_id = $1::uuid AND id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY id LIMIT $3::int4
