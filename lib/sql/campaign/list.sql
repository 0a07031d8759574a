SELECT vendor_id, id, name, status, waba_account_id, template_name, template_language, parameter_format, price,
    recipients, created_at, queued_at, completed_at, starts_at, pause_reason
FROM kloyst.campaign
WHERE vendor_id = $1::uuid AND id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY id LIMIT $3::int4
