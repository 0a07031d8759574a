SELECT t.vendor_id, t.id, t.waba_id, t.meta_id, t.name, t.language, t.category, t.status, t.reason, t.quality, t.parameter_format,
    t.components, t.unsupported, t.places, t.names, t.created_at, t.updated_at, t.outdated_at
FROM kloyst.waba_account a
JOIN kloyst.template t ON t.vendor_id = $1::uuid AND t.waba_id = a.waba_id AND t.name = $3::text COLLATE "C"
    AND t.language = $4::text COLLATE "C"
WHERE a.vendor_id = $1::uuid AND a.id = $2::uuid
