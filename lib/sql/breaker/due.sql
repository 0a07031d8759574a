-- Breakers whose time is up, those that nobody has to wake up for first. For the platform role.
SELECT id, vendor_id, scope FROM kloyst.breaker WHERE resumes_at <= now() ORDER BY resumes_at, id LIMIT $1::int4
