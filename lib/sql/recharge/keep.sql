-- A refund or dispute shows its latest event to come in; the inbox has them all.
INSERT INTO kloyst.razorpay_item AS i (kind, subject, payment_id, order_id, vendor_id, paise, currency, event, reason)
SELECT $1::text, $2::text, $3::text, p.order_id, p.vendor_id, $4::int8, $5::text, $6::text, $7::text
FROM (SELECT) one LEFT JOIN kloyst.razorpay_item p ON p.kind = 'PAYMENT' AND p.subject = $3::text
ON CONFLICT (kind, subject) DO UPDATE SET event = excluded.event, updated_at = now()
