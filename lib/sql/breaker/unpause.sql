-- $3: only when its time is up.
DELETE FROM kloyst.breaker_pause p
WHERE p.vendor_id = $1::uuid AND p.breaker_id = $2::uuid
    AND (NOT $3::bool OR EXISTS (SELECT FROM kloyst.breaker_note n
                                 WHERE n.vendor_id = $1::uuid AND n.id = $2::uuid AND n.resumes_at <= now()))
