-- Those of the ids $2 that are no message of the vendor.
SELECT x.id FROM unnest($2::uuid[]) AS x (id)
WHERE NOT EXISTS (SELECT FROM kloyst.recipient r WHERE r.vendor_id = $1::uuid AND r.id = x.id)
ORDER BY x.id
