-- Columns of template/shape.sql for a DRAFT, the places and names of its own parameters, and why the template rests beyond $3
-- (NULL: now).
SELECT t.id, t.status, t.parameter_format, t.places, t.names, t.unsupported,
    t.id IS NOT NULL OR EXISTS (SELECT FROM kloyst.template o WHERE o.vendor_id = $1::uuid AND o.waba_id = a.waba_id),
    c.parameter_places, c.parameter_names,
    kloyst.template_rests($1::uuid, a.id, c.template_name, c.template_language, coalesce($3::timestamptz, now()))
FROM kloyst.campaign c
JOIN kloyst.waba_account a ON a.vendor_id = $1::uuid AND a.id = c.waba_account_id
LEFT JOIN kloyst.template t ON t.vendor_id = $1::uuid AND t.waba_id = a.waba_id
    AND t.name = c.template_name COLLATE "C" AND t.language = c.template_language COLLATE "C"
WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid AND c.status = 'DRAFT'
