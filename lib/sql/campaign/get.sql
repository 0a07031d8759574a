SELECT vendor_id, id, name, status, waba_account_id, template_name, template_language, parameter_format, price,
    recipients, created_at, queued_at, completed_at, starts_at, pause_reason
FROM kloyst.campaign WHERE vendor_id = $1::uuid AND id = $2::uuid
