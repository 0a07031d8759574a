-- The vendor's outbound messages with the wamids $2: place in the array (from 1) and id.
SELECT x.place, m.id
FROM unnest($2::text[]) WITH ORDINALITY AS x (wa_message_id, place)
JOIN kloyst.message_log m ON m.vendor_id = $1::uuid AND m.wa_message_id = x.wa_message_id AND m.direction = 'OUTBOUND'
