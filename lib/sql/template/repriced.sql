-- Campaigns of the template $2 that are under way, are priced by the rate card and have the prices of another category.
SELECT c.id FROM kloyst.template t
JOIN kloyst.campaign c ON c.vendor_id = $1::uuid AND c.template_id = t.id
WHERE t.vendor_id = $1::uuid AND t.id = $2::uuid AND c.status IN ('SCHEDULED', 'QUEUED', 'PROCESSING', 'PAUSED')
    AND c.price_by_rate_card AND c.category <> t.category
ORDER BY c.id
