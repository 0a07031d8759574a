-- Messages $2 … $3 of a batch whose worker died were about to leave: those without a result may have arrived.
INSERT INTO kloyst.message_log (vendor_id, id, campaign_id, batch_no, contact_id, mobile, status, direction, price)
SELECT r.vendor_id, r.id, r.campaign_id, r.batch_no, r.contact_id, r.mobile, 'UNKNOWN', 'OUTBOUND', r.price
FROM kloyst.recipient r
WHERE r.vendor_id = $1::uuid AND r.id BETWEEN $2::uuid AND $3::uuid
ORDER BY r.id
ON CONFLICT (vendor_id, id) DO NOTHING
