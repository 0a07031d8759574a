-- No row: no such vendor. The lock keeps it from being removed meanwhile.
INSERT INTO kloyst.contact AS c (vendor_id, id, mobile, attributes, plain)
SELECT v.id, $2::uuid, $3::text, $4::jsonb, kloyst.attributes_are_plain($4::jsonb) FROM kloyst.vendor v WHERE v.id = $1::uuid FOR KEY SHARE
ON CONFLICT (vendor_id, mobile) DO UPDATE SET attributes = excluded.attributes, plain = excluded.plain, updated_at = now()
    WHERE c.vendor_id = $1::uuid
RETURNING vendor_id, id, mobile, attributes, created_at, updated_at, bsuid, opted_out_at, blocked_at, undeliverable_at
