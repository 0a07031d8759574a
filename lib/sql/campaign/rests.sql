-- Why the template of the campaign $2 rests, NULL: it does not.
SELECT kloyst.template_rests($1::uuid, c.waba_account_id, c.template_name, c.template_language, now())
FROM kloyst.campaign c WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid
