-- Makes the DRAFT one of the stored template that it names, as that is now. The category of one that is not stored stays.
UPDATE kloyst.campaign c SET template_id = t.id, category = t.category, updated_at = now()
FROM kloyst.waba_account a
JOIN kloyst.template t ON t.vendor_id = $1::uuid AND t.waba_id = a.waba_id
WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid AND c.status = 'DRAFT'
    AND a.vendor_id = $1::uuid AND a.id = c.waba_account_id
    AND t.name = c.template_name COLLATE "C" AND t.language = c.template_language COLLATE "C"
    AND (c.template_id, c.category) IS DISTINCT FROM (t.id, t.category)
