SELECT id, subject, payment_id, order_id, vendor_id, paise, currency, event, reason, updated_at FROM kloyst.razorpay_item
WHERE reason IS NOT NULL AND id > $1::int8 ORDER BY id LIMIT $2::int4
