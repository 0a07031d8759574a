-- The WABA that the vendor's number belongs to. For the platform role.
SELECT waba_id FROM kloyst.waba_directory WHERE vendor_id = $1::uuid AND phone_number_id = $2::text
