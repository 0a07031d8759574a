-- The campaign's messages keep the prices that they have.
UPDATE kloyst.campaign c SET category = t.category, updated_at = now()
FROM kloyst.template t
WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid AND t.vendor_id = $1::uuid AND t.id = c.template_id
