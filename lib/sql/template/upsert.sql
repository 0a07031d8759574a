-- The template of the account $2's WABA with the name $5 and language $6. No row: no such account.
INSERT INTO kloyst.template AS t (vendor_id, id, waba_id, meta_id, name, language, category, status, parameter_format,
    places, names, unsupported, components, quality, reason)
SELECT $1::uuid, $3::uuid, a.waba_id, $4::text, $5::text, $6::text, $7::kloyst.template_category, $8::text,
    $9::kloyst.parameter_format, $10::text[], $11::text[], $12::text, $13::jsonb, coalesce($14::text, 'UNKNOWN'), $15::text
FROM kloyst.waba_account a WHERE a.vendor_id = $1::uuid AND a.id = $2::uuid
ON CONFLICT (vendor_id, waba_id, name, language) DO UPDATE SET meta_id = coalesce(excluded.meta_id, t.meta_id),
    category = excluded.category, status = excluded.status, parameter_format = excluded.parameter_format,
    places = excluded.places, names = excluded.names, unsupported = excluded.unsupported,
    components = excluded.components, quality = coalesce($14::text, t.quality), reason = excluded.reason,
    outdated_at = NULL, updated_at = now()
    WHERE t.vendor_id = $1::uuid
RETURNING t.vendor_id, t.id, t.waba_id, t.meta_id, t.name, t.language, t.category, t.status, t.reason, t.quality, t.parameter_format,
    t.components, t.unsupported, t.places, t.names, t.created_at, t.updated_at, t.outdated_at
