INSERT INTO kloyst.order_directory (order_id, vendor_id) VALUES ($1::text, $2::uuid)
