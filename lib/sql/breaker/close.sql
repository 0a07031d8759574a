-- Closes the breaker $1 of the vendor $2. For the platform role.
DELETE FROM kloyst.breaker WHERE id = $1::uuid AND vendor_id = $2::uuid
