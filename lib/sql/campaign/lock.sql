-- Nobody else changes the campaign until this transaction ends.
SELECT status, price, parameter_attributes, parameter_fallbacks, waba_account_id
FROM kloyst.campaign WHERE vendor_id = $1::uuid AND id = $2::uuid FOR NO KEY UPDATE
