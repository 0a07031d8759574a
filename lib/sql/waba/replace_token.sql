UPDATE kloyst.waba_account SET system_user_token = $3::bytea, updated_at = now()
WHERE vendor_id = $1::uuid AND id = $2::uuid AND system_user_token = $4::bytea
