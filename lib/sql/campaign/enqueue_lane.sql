INSERT INTO kloyst.lane (vendor_id, campaign_id, waba_account_id, phone_number_id, weight)
SELECT c.vendor_id, c.id, w.id, w.phone_number_id, c.weight
FROM kloyst.campaign c
JOIN kloyst.waba_account w ON w.vendor_id = $1::uuid AND w.id = c.waba_account_id
WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid
