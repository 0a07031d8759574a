INSERT INTO kloyst.waba_directory (phone_number_id, vendor_id, waba_id, waba_account_id)
VALUES ($1::text, $2::uuid, $3::text, $4::uuid)
