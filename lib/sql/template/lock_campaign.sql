-- Whether the campaign $2 is to be priced anew still, and its template's category. Its batches are locked.
SELECT c.status IN ('SCHEDULED', 'QUEUED', 'PROCESSING', 'PAUSED') AND c.price_by_rate_card AND c.category <> t.category,
    t.category
FROM kloyst.campaign c
JOIN kloyst.template t ON t.vendor_id = $1::uuid AND t.id = c.template_id
WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid FOR NO KEY UPDATE OF c
