DELETE FROM kloyst.waba_account WHERE vendor_id = $1::uuid AND id = $2::uuid
