-- Lanes with work that is due, the oldest first; of the vendor $1 unless that is NULL. For the platform role.
SELECT vendor_id, campaign_id, waba_account_id, phone_number_id, weight
FROM kloyst.lane
WHERE ($1::uuid IS NULL OR vendor_id = $1::uuid) AND next_at <= now()
ORDER BY created_at, vendor_id, campaign_id
LIMIT $2::int4
