-- What Meta tells of a template of the WABA $2, known by Meta's id $3 or by name $4 and language $5; NULL leaves a column as it
-- is; $10: its components are others than those that are stored. Answers the templates: one, unless the id was stored with another name.
UPDATE kloyst.template t SET category = coalesce($6::kloyst.template_category, t.category),
    status = coalesce($7::text, t.status), quality = coalesce($8::text, t.quality),
    reason = CASE WHEN $7::text IS NULL THEN t.reason ELSE $9::text END, updated_at = now(),
    outdated_at = CASE WHEN $10::bool THEN coalesce(t.outdated_at, now()) ELSE t.outdated_at END
WHERE t.vendor_id = $1::uuid AND t.waba_id = $2::text
    AND (t.meta_id = $3::text OR (t.name = $4::text COLLATE "C" AND t.language = $5::text COLLATE "C"))
RETURNING t.id
