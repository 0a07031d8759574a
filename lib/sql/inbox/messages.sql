-- $2 … $6 are arrays of one length: messages from users as Meta sent them.
INSERT INTO kloyst.message_log (vendor_id, id, contact_id, mobile, wa_message_id, status, direction, content, sent_at)
SELECT $1::uuid, x.id, c.id, x.mobile, x.wa_message_id, 'DELIVERED', 'INBOUND', x.content::jsonb, x.at
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
    AS x (id, mobile, wa_message_id, content, at)
JOIN kloyst.contact c ON c.vendor_id = $1::uuid AND c.mobile = x.mobile
ORDER BY x.id
ON CONFLICT (vendor_id, id) DO NOTHING
