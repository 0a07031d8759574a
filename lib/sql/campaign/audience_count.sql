-- How many contacts an audience ($2 … $5) has, and how many of them want nothing, or no marketing.
SELECT count(*), count(*) FILTER (WHERE blocked_at IS NOT NULL),
    count(*) FILTER (WHERE blocked_at IS NULL AND opted_out_at IS NOT NULL)
FROM kloyst.audience($1::uuid, $2::uuid[], $3::text, $4::jsonb, $5::text[])
