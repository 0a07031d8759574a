-- Closes the breaker $1 unless it was tripped again meanwhile. For the platform role.
DELETE FROM kloyst.breaker WHERE id = $1::uuid AND resumes_at <= now()
