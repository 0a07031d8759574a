-- One row per contact whose parameters resolve, in order of contact id. $3 is the first message id, its low 32 bits
-- zero; message n has id $3 + n. Parameters come as attribute names ($4; '' is the number itself, NULL a fixed text)
-- with fallbacks or fixed texts ($5). Counts the audience and the rows in one snapshot.
WITH audience AS (
    SELECT count(*) AS contacts FROM kloyst.contact WHERE vendor_id = $1::uuid
), written AS (
    INSERT INTO kloyst.recipient (vendor_id, id, campaign_id, contact_id, batch_no, mobile, price, parameters)
    SELECT $1::uuid, (left($3::uuid::text, 28) || lpad(to_hex(valid.n), 8, '0'))::uuid, $2::uuid, valid.id,
        (valid.n / $7::int4)::int4, valid.mobile, $6::numeric, valid.parameters
    FROM (
        SELECT c.id, c.mobile, p.parameters, row_number() OVER (ORDER BY c.id) - 1 AS n
        FROM kloyst.contact c
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(v.value), '{}') AS parameters,
                coalesce(bool_and(v.value <> '' AND length(v.value) <= 1024 AND v.value !~ '[\x01-\x1f\x7f]|     '), true) AS sound,
                coalesce(bool_or(v.value IS NULL), false) AS missing
            FROM (
                SELECT CASE WHEN u.attribute IS NULL THEN u.fallback
                            WHEN u.attribute = '' THEN c.mobile
                            ELSE coalesce(nullif(c.attributes ->> u.attribute, ''), u.fallback) END AS value
                FROM unnest($4::text[], $5::text[]) AS u (attribute, fallback)
            ) v
        ) p
        WHERE c.vendor_id = $1::uuid AND p.sound AND NOT p.missing
    ) valid
    RETURNING 1
)
SELECT (SELECT contacts FROM audience), (SELECT count(*) FROM written)
