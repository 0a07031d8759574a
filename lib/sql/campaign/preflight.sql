-- The audience ($4 … $7), how many of it are left out because nothing ($8: no marketing) may be sent to them, how many have a
-- parameter that does not resolve, how many of the others a price that is not known, what the rest costs, and what is available.
SELECT count(*), count(*) FILTER (WHERE a.blocked), count(*) FILTER (WHERE NOT a.blocked AND a.opted_out),
    count(*) FILTER (WHERE a.sendable AND NOT a.sound), count(*) FILTER (WHERE a.sendable AND a.sound AND a.price IS NULL),
    coalesce(sum(a.price) FILTER (WHERE a.sendable AND a.sound), 0),
    (SELECT balance - held FROM kloyst.wallet WHERE vendor_id = $1::uuid)
FROM (
    SELECT p.blocked, p.opted_out, p.price, NOT p.blocked AND NOT p.opted_out AS sendable,
        kloyst.parameters_are_sound(p.parameters, p.plain) AS sound
    FROM (
        SELECT c.plain, c.blocked_at IS NOT NULL AS blocked, c.opted_out_at IS NOT NULL AND $8::bool AS opted_out,
            CASE WHEN $10::jsonb IS NULL THEN $9::numeric ELSE kloyst.price_of($10::jsonb, coalesce(c.mobile, c.bsuid)) END AS price,
            kloyst.parameters_of(c.attributes, c.mobile, $2::text[], $3::text[]) AS parameters
        FROM kloyst.audience($1::uuid, $4::uuid[], $5::text, $6::jsonb, $7::text[]) c
        OFFSET 0
    ) p
) a
