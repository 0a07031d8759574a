-- The ids of a campaign's messages are one range of the primary key: its first id and that with all low 32 bits set.
SELECT id, vendor_id, campaign_id, contact_id, mobile, wa_message_id, status, direction, price, error_code,
    error_text, content, sent_at, delivered_at, read_at, failed_at, created_at, kind, text, payload, reply_to,
    context_wamid, phone_number_id
FROM kloyst.message_log
WHERE vendor_id = $1::uuid AND campaign_id = $2::uuid
    AND id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
    AND id >= (SELECT first_message_id FROM kloyst.campaign WHERE vendor_id = $1::uuid AND id = $2::uuid)
    AND id <= (SELECT (left(first_message_id::text, 28) || 'ffffffff')::uuid FROM kloyst.campaign
               WHERE vendor_id = $1::uuid AND id = $2::uuid)
ORDER BY id LIMIT $4::int4
