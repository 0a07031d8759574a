INSERT INTO kloyst.payment_order (vendor_id, order_id, amount, currency)
VALUES ($1::uuid, $2::text, $3::numeric, $4::text)
RETURNING vendor_id, order_id, amount, currency, created_at
