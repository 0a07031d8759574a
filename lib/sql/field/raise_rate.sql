UPDATE kloyst.waba_account SET messages_per_second = $3::int4, updated_at = now()
WHERE vendor_id = $1::uuid AND id = $2::uuid AND messages_per_second < $3::int4
