SELECT t.vendor_id, t.id, t.waba_id, t.meta_id, t.name, t.language, t.category, t.status, t.reason, t.quality, t.parameter_format,
    t.components, t.unsupported, t.places, t.names, t.created_at, t.updated_at, t.outdated_at
FROM kloyst.template t
WHERE t.vendor_id = $1::uuid AND t.id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY t.id LIMIT $3::int4
