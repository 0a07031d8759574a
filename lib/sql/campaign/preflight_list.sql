-- The first $4 contacts with a parameter that does not resolve, with its number and what is wrong with it.
SELECT c.id, c.mobile, p.ordinal::int4,
    CASE WHEN p.value IS NULL OR p.value = '' THEN 'the attribute is missing or empty and there is no fallback'
         WHEN length(p.value) > 1024 THEN 'the text is longer than 1024 characters'
         ELSE 'the text has a line break, a tab or more than four blanks in a row' END
FROM kloyst.contact c
CROSS JOIN LATERAL (
    SELECT v.value, v.ordinal
    FROM (
        SELECT CASE WHEN u.attribute IS NULL THEN u.fallback
                    WHEN u.attribute = '' THEN c.mobile
                    ELSE coalesce(nullif(c.attributes ->> u.attribute, ''), u.fallback) END AS value, u.ordinal
        FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS u (attribute, fallback, ordinal)
    ) v
    WHERE v.value IS NULL OR v.value = '' OR length(v.value) > 1024 OR v.value ~ '[\x01-\x1f\x7f]|     '
    ORDER BY v.ordinal LIMIT 1
) p
WHERE c.vendor_id = $1::uuid
ORDER BY c.id LIMIT $4::int4
