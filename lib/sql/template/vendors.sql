-- The vendors that send through the WABA $1, behind $2. For the platform role.
SELECT DISTINCT vendor_id FROM kloyst.waba_directory
WHERE waba_id = $1::text AND vendor_id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY vendor_id LIMIT 500
