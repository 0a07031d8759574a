-- Answers how many contacts there are, and how many of them could be changed: attributes may shrink, but
-- not grow beyond the size that a caller may give them.
WITH patched AS (
    SELECT attributes AS old, kloyst.json_merge_patch(attributes, $3::jsonb) AS attributes FROM kloyst.contact
    WHERE vendor_id = $1::uuid AND id = $2::uuid FOR NO KEY UPDATE
), changed AS (
    UPDATE kloyst.contact AS c SET attributes = p.attributes, plain = kloyst.attributes_are_plain(p.attributes), updated_at = now() FROM patched AS p
    WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid
        AND octet_length(p.attributes::text) <= greatest($4::int4, octet_length(p.old::text))
    RETURNING c.id
)
SELECT (SELECT count(*) FROM patched), (SELECT count(*) FROM changed)
