-- The first $11 contacts that are left out for a parameter that does not resolve or a price that is not known: number, the
-- parameter (0: the price) and what is wrong with it. The other parameters are those of preflight.sql.
SELECT c.id, c.address, coalesce(p.ordinal, 0)::int4,
    CASE WHEN p.ordinal IS NULL THEN 'the rate card has no price for the number'
         WHEN p.value IS NULL AND p.by_number THEN 'the contact has no number'
         WHEN p.value IS NULL THEN 'the attribute is missing or empty and there is no fallback'
         WHEN length(p.value) > 1024 THEN 'the text is longer than 1024 characters'
         ELSE 'the text has a line break, a tab or more than four blanks in a row' END
FROM (
    SELECT a.id, coalesce(a.mobile, a.bsuid) AS address,
        CASE WHEN $10::jsonb IS NULL THEN $9::numeric ELSE kloyst.price_of($10::jsonb, coalesce(a.mobile, a.bsuid)) END AS price,
        kloyst.parameters_of(a.attributes, a.mobile, $2::text[], $3::text[]) AS parameters
    FROM kloyst.audience($1::uuid, $4::uuid[], $5::text, $6::jsonb, $7::text[]) a
    WHERE a.blocked_at IS NULL AND (a.opted_out_at IS NULL OR NOT $8::bool)
    OFFSET 0
) c
LEFT JOIN LATERAL (
    SELECT u.value, u.ordinal, u.name = '' AS by_number
    FROM unnest(c.parameters, $2::text[]) WITH ORDINALITY AS u (value, name, ordinal)
    WHERE NOT kloyst.parameters_are_sound(ARRAY[u.value])
    ORDER BY u.ordinal LIMIT 1
) p ON true
WHERE p.ordinal IS NOT NULL OR c.price IS NULL
ORDER BY c.id LIMIT $11::int4
