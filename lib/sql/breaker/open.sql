-- Opens the breaker $1 of subject $3 ($6 code) for $7 ms, NULL: until somebody closes it. One that is open stays open
-- as long as the longer of the two says. $5 NULL stands for all numbers of the WABA.
INSERT INTO kloyst.breaker AS b (id, scope, subject, vendor_id, phone_number_id, code, resumes_at)
VALUES ($1::uuid, $2::text, $3::text, $4::uuid, coalesce($5::text, ''), $6::int4, now() + $7::int8 * interval '1 millisecond')
ON CONFLICT (id) DO UPDATE SET code = excluded.code,
    opened_at = CASE WHEN b.resumes_at <= now() THEN excluded.opened_at ELSE b.opened_at END,
    resumes_at = CASE WHEN b.resumes_at IS NOT NULL AND excluded.resumes_at IS NOT NULL
                      THEN greatest(b.resumes_at, excluded.resumes_at) END
