-- The contact of a number or user id ($3, $4: one is NULL), unless it came meanwhile. The lock keeps the vendor from being
-- removed.
INSERT INTO kloyst.contact (vendor_id, id, mobile, bsuid)
SELECT v.id, $2::uuid, $3::text, $4::text FROM kloyst.vendor v WHERE v.id = $1::uuid FOR KEY SHARE
ON CONFLICT DO NOTHING
