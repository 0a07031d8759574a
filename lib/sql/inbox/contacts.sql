-- Whoever writes becomes a contact.
INSERT INTO kloyst.contact (vendor_id, id, mobile)
SELECT $1::uuid, x.id, x.mobile FROM unnest($2::uuid[], $3::text[]) AS x (id, mobile) ORDER BY x.mobile
ON CONFLICT (vendor_id, mobile) DO NOTHING
