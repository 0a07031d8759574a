-- Whoever writes becomes a contact. The lock keeps the vendor from being removed meanwhile.
INSERT INTO kloyst.contact (vendor_id, id, mobile)
SELECT v.id, x.id, x.mobile
FROM (SELECT id FROM kloyst.vendor WHERE id = $1::uuid FOR KEY SHARE) v
CROSS JOIN unnest($2::uuid[], $3::text[]) AS x (id, mobile)
ORDER BY x.mobile
ON CONFLICT (vendor_id, mobile) DO NOTHING
