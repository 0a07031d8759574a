SELECT vendor_id, order_id, amount, currency, created_at FROM kloyst.payment_order
WHERE vendor_id = $1::uuid AND order_id = $2::text
