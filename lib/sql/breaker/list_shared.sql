-- Open breakers that stop every vendor of a number or WABA, in order of id. For the platform role.
SELECT b.id, b.scope, b.subject, false, b.code, b.opened_at, b.resumes_at
FROM kloyst.breaker b
WHERE b.id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000') AND coalesce(b.resumes_at > now(), true)
    AND b.vendor_id = '00000000-0000-0000-0000-000000000000'
ORDER BY b.id LIMIT $2::int4
