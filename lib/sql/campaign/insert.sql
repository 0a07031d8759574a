INSERT INTO kloyst.campaign (vendor_id, id, name, waba_account_id, template_name, template_language, parameter_format,
    parameter_names, parameter_attributes, parameter_fallbacks, price, audience, send_from, send_until, time_zone, weight,
    unknown_policy, unknown_seconds, parameter_places, category, price_by_rate_card)
VALUES ($1::uuid, $2::uuid, $3::text, $4::uuid, $5::text, $6::text, $7::kloyst.parameter_format,
    $8::text[], $9::text[], $10::text[], $11::numeric, $12::text, $13::int4, $14::int4, $15::text, $16::int4,
    $17::kloyst.unknown_policy, $18::int4, $19::text[], $20::kloyst.template_category, $21::bool)
RETURNING vendor_id, id, name, status, waba_account_id, template_name, template_language, parameter_format, price,
    recipients, created_at, queued_at, completed_at, starts_at, pause_reason
