INSERT INTO kloyst.campaign (vendor_id, id, name, waba_account_id, template_name, template_language, parameter_format,
    parameter_names, parameter_attributes, parameter_fallbacks, price)
VALUES ($1::uuid, $2::uuid, $3::text, $4::uuid, $5::text, $6::text, $7::kloyst.parameter_format,
    $8::text[], $9::text[], $10::text[], $11::numeric)
RETURNING vendor_id, id, name, status, waba_account_id, template_name, template_language, parameter_format, price,
    recipients, created_at, queued_at, completed_at
