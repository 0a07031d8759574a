INSERT INTO kloyst.waba_account (vendor_id, id, waba_id, phone_number_id, system_user_token)
VALUES ($1::uuid, $2::uuid, $3::text, $4::text, $5::bytea)
RETURNING id, vendor_id, waba_id, phone_number_id, messages_per_second, created_at, updated_at
