-- The audience, how many of it have a parameter that does not resolve, and what is available.
SELECT count(*), count(*) FILTER (WHERE NOT p.sound OR p.missing),
    (SELECT balance - held FROM kloyst.wallet WHERE vendor_id = $1::uuid)
FROM kloyst.contact c
CROSS JOIN LATERAL (
    SELECT coalesce(bool_and(v.value <> '' AND length(v.value) <= 1024 AND v.value !~ '[\x01-\x1f\x7f]|     '), true) AS sound,
        coalesce(bool_or(v.value IS NULL), false) AS missing
    FROM (
        SELECT CASE WHEN u.attribute IS NULL THEN u.fallback
                    WHEN u.attribute = '' THEN c.mobile
                    ELSE coalesce(nullif(c.attributes ->> u.attribute, ''), u.fallback) END AS value
        FROM unnest($2::text[], $3::text[]) AS u (attribute, fallback)
    ) v
) p
WHERE c.vendor_id = $1::uuid
