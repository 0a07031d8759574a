-- The vendor's outbound messages with the wamids $2: place in the array (from 1) and id. Of several that Meta gave the same wamid it is the
-- first; they are sorted behind OFFSET 0, as the planner would otherwise look for the first along the primary key.
SELECT x.place, m.id
FROM unnest($2::text[]) WITH ORDINALITY AS x (wa_message_id, place)
CROSS JOIN LATERAL (
    SELECT s.id FROM (
        SELECT l.id FROM kloyst.message_log l
        WHERE l.vendor_id = $1::uuid AND l.wa_message_id = x.wa_message_id AND l.direction = 'OUTBOUND' OFFSET 0
    ) s ORDER BY s.id LIMIT 1
) m
