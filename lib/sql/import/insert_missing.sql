INSERT INTO kloyst.contact (vendor_id, id, mobile, attributes, plain)
SELECT $1::uuid, ($2::text || lpad(to_hex(r.ordinal), 8, '0'))::uuid, r.mobile, r.attributes, r.plain
FROM pg_temp.kloyst_import_contact AS r
WHERE NOT EXISTS (SELECT FROM kloyst.contact AS c WHERE c.vendor_id = $1::uuid AND c.mobile = r.mobile)
ON CONFLICT (vendor_id, mobile) DO NOTHING
