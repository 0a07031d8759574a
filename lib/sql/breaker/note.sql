-- What a vendor is told about the breaker $2 of its template or campaign: $6 one line, $7 ms until it closes by itself.
INSERT INTO kloyst.breaker_note AS n (vendor_id, id, waba_account_id, template_name, template_language, detail, resumes_at)
VALUES ($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text, now() + $7::int8 * interval '1 millisecond')
ON CONFLICT (vendor_id, id) DO UPDATE SET detail = coalesce(excluded.detail, n.detail),
    resumes_at = CASE WHEN n.resumes_at IS NOT NULL AND excluded.resumes_at IS NOT NULL
                      THEN greatest(n.resumes_at, excluded.resumes_at) END
WHERE n.vendor_id = $1::uuid
