-- The one row of a payment, made by whichever event comes first. No row: this event contradicts that one.
INSERT INTO kloyst.razorpay_item AS i (kind, subject, payment_id, order_id, paise, currency, captured, event)
VALUES ('PAYMENT', $1::text, $1::text, $2::text, $3::int8, $4::text, $5::bool, $6::text)
ON CONFLICT (kind, subject) DO UPDATE SET captured = i.captured OR excluded.captured
WHERE i.order_id IS NOT DISTINCT FROM excluded.order_id AND i.paise = excluded.paise AND i.currency = excluded.currency
RETURNING subject, order_id, paise, currency, captured, credited_at IS NOT NULL,
    (SELECT d.vendor_id FROM kloyst.order_directory d WHERE d.order_id = i.order_id)
