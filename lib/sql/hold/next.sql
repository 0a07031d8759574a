-- When the vendor's next hold expires; NULL: none does.
SELECT min(expires_at) FROM kloyst.hold WHERE vendor_id = $1::uuid AND expires_at IS NOT NULL AND open
