SELECT id, waba_account_id, template_name, template_language, detail FROM kloyst.breaker_note
WHERE vendor_id = $1::uuid AND id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY id LIMIT $3::int4
