-- A contact that would stay as it is gets no new row version.
UPDATE kloyst.contact AS c SET attributes = c.attributes || r.attributes, plain = c.plain AND r.plain, updated_at = now()
FROM pg_temp.kloyst_import_contact AS r
WHERE c.vendor_id = $1::uuid AND c.mobile = r.mobile AND (c.attributes || r.attributes) IS DISTINCT FROM c.attributes
