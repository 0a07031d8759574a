SELECT phone_number_id, vendor_id FROM kloyst.waba_directory WHERE phone_number_id = ANY ($1::text[])
ORDER BY phone_number_id COLLATE "C", vendor_id
