-- One row per contact of the audience whose parameters resolve and whose price is known. Message n has the id that begins with
-- $3 (the first 24 characters) and ends with the 12 hexadecimal digits of $4 + n. Parameters come as attribute names ($5; '' is
-- the number itself, NULL a fixed text) with fallbacks or fixed texts ($6). Each costs $7, or by $8 if that is not
-- NULL. $10 … $13 are the audience, $14 whether those who want no marketing are left out. Counts in the same snapshot.
WITH written AS (
    INSERT INTO kloyst.recipient (vendor_id, id, campaign_id, contact_id, batch_no, mobile, price, parameters)
    SELECT $1::uuid, ($3::text || to_hex($4::int8 + numbered.n))::uuid, $2::uuid, numbered.id, (numbered.n / $9::int4)::int4,
        numbered.address, numbered.price, numbered.parameters
    FROM (
        SELECT sound.id, sound.address, sound.price, sound.parameters, row_number() OVER () - 1 AS n
        FROM (
            SELECT a.id, coalesce(a.mobile, a.bsuid) AS address, a.plain,
                -- of the column's type: else every row is converted
                CASE WHEN $8::jsonb IS NULL THEN $7::numeric(10,4)
                     ELSE kloyst.price_of($8::jsonb, coalesce(a.mobile, a.bsuid))::numeric(10,4) END AS price,
                kloyst.parameters_of(a.attributes, a.mobile, $5::text[], $6::text[]) AS parameters
            FROM kloyst.audience($1::uuid, $10::uuid[], $11::text, $12::jsonb, $13::text[]) a
            WHERE a.blocked_at IS NULL AND (a.opted_out_at IS NULL OR NOT $14::bool)
            OFFSET 0 -- once a row, not once a use
        ) sound
        WHERE kloyst.parameters_are_sound(sound.parameters, sound.plain) AND ($8::jsonb IS NULL OR sound.price IS NOT NULL)
    ) numbered
)
SELECT count(*), count(*) FILTER (WHERE blocked_at IS NOT NULL),
    count(*) FILTER (WHERE blocked_at IS NULL AND opted_out_at IS NOT NULL AND $14::bool)
FROM kloyst.audience($1::uuid, $10::uuid[], $11::text, $12::jsonb, $13::text[])
