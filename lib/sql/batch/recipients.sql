SELECT id, mobile, parameters FROM kloyst.recipient
WHERE vendor_id = $1::uuid AND id BETWEEN $2::uuid AND $3::uuid ORDER BY id
