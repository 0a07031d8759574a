-- Open breakers that stop the vendor $1, in order of id: its own, and those of the numbers and WABAs it sends from. For
-- the platform role.
SELECT b.id, b.scope, b.subject, b.vendor_id = $1::uuid, b.code, b.opened_at, b.resumes_at
FROM kloyst.breaker b
WHERE b.id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000') AND coalesce(b.resumes_at > now(), true)
    AND (b.vendor_id = $1::uuid
        OR (b.vendor_id = '00000000-0000-0000-0000-000000000000' AND EXISTS (
            SELECT FROM kloyst.waba_directory d
            WHERE d.vendor_id = $1::uuid AND CASE b.phone_number_id WHEN '' THEN d.waba_id = b.subject
                                                                    ELSE d.phone_number_id = b.phone_number_id END)))
ORDER BY b.id LIMIT $3::int4
