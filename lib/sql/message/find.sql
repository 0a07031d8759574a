-- Of several with the wamid $2 the first; sorted behind OFFSET 0 for the reason of inbox/find.sql.
SELECT * FROM (
    SELECT id, vendor_id, campaign_id, contact_id, mobile, wa_message_id, status, direction, price, error_code,
        error_text, content, sent_at, delivered_at, read_at, failed_at, created_at, kind, text, payload, reply_to,
        context_wamid, phone_number_id
    FROM kloyst.message_log WHERE vendor_id = $1::uuid AND wa_message_id = $2::text COLLATE "C" OFFSET 0
) m ORDER BY id LIMIT 1
