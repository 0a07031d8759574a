DELETE FROM kloyst.waba_directory
WHERE phone_number_id = $1::text AND vendor_id = $2::uuid AND waba_account_id = $3::uuid
