DECLARE contact_export NO SCROLL CURSOR FOR
WITH key AS MATERIALIZED (
    SELECT DISTINCT k.name FROM kloyst.contact c, jsonb_object_keys(c.attributes) k (name) WHERE c.vendor_id = $1::uuid
), header AS MATERIALIZED (
    -- The number's column has a name that no attribute has.
    SELECT array_agg(name ORDER BY name COLLATE "C") AS names,
           CASE WHEN bool_or(name = 'mobile') THEN 'mobile_of_contact' ELSE 'mobile' END AS mobile
    FROM key
)
-- The one scan behind the other: a cursor is never run in parallel.
SELECT h.mobile || coalesce((SELECT string_agg(',"' || replace(n.name, '"', '""') || '"', '' ORDER BY n.place)
                             FROM unnest(h.names) WITH ORDINALITY n (name, place)), '') || E'\r\n'
FROM header h
UNION ALL
SELECT * FROM (
    SELECT coalesce('+' || c.mobile, '')
           || coalesce((SELECT string_agg(coalesce(',"' || replace(c.attributes ->> n.name, '"', '""') || '"', ','), ''
                                          ORDER BY n.place)
                        FROM unnest(h.names) WITH ORDINALITY n (name, place)), '') || E'\r\n'
    FROM kloyst.contact c, header h WHERE c.vendor_id = $1::uuid ORDER BY c.id
) line
