-- The template of a campaign and the account it is sent from.
SELECT waba_account_id, template_name, template_language FROM kloyst.campaign WHERE vendor_id = $1::uuid AND id = $2::uuid
