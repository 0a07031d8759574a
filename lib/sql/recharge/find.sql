SELECT i.subject, i.order_id, i.paise, i.currency, i.captured, i.credited_at IS NOT NULL, d.vendor_id
FROM kloyst.razorpay_item i LEFT JOIN kloyst.order_directory d ON d.order_id = i.order_id
WHERE i.kind = 'PAYMENT' AND i.subject = $1::text
