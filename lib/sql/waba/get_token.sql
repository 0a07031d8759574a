SELECT system_user_token, phone_number_id, messages_per_second FROM kloyst.waba_account
WHERE vendor_id = $1::uuid AND id = $2::uuid
