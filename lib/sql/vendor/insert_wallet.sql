-- Exactly one wallet per vendor, made with it.
INSERT INTO kloyst.wallet (vendor_id, id) VALUES ($1::uuid, $2::uuid)
