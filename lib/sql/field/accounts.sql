-- The accounts of a WABA: vendor, account, number, and how Meta shows the number.
SELECT vendor_id, waba_account_id, phone_number_id, display_phone_number FROM kloyst.waba_directory
WHERE waba_id = $1::text ORDER BY vendor_id, waba_account_id
