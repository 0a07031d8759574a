-- For each number in $2 the vendor's newest message to it with an id from $3 and before $4: place in the array
-- (from 1) and id. The log has no index by number: numbers that are no contact are left out first.
SELECT x.place, m.id
FROM unnest($2::text[], $3::uuid[], $4::uuid[]) WITH ORDINALITY AS x (mobile, low, high, place)
JOIN kloyst.contact c ON c.vendor_id = $1::uuid AND c.mobile = x.mobile
CROSS JOIN LATERAL (
    SELECT l.id FROM kloyst.message_log l
    WHERE l.vendor_id = $1::uuid AND l.id >= x.low AND l.id < x.high AND l.mobile = x.mobile
        AND l.direction = 'OUTBOUND'
    ORDER BY l.id DESC LIMIT 1
) m
