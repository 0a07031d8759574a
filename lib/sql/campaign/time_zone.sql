-- The time zone $2, or else that of the vendor's settings, or UTC, and whether the server knows it.
SELECT z.name, EXISTS (SELECT FROM pg_timezone_names t WHERE t.name = z.name)
FROM (SELECT coalesce($2::text, settings ->> 'time_zone', 'UTC') AS name FROM kloyst.vendor WHERE id = $1::uuid) z
