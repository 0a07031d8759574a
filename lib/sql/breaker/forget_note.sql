-- $3: only when its time is up.
DELETE FROM kloyst.breaker_note WHERE vendor_id = $1::uuid AND id = $2::uuid AND (NOT $3::bool OR resumes_at <= now())
