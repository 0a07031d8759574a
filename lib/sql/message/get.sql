SELECT id, vendor_id, campaign_id, contact_id, mobile, wa_message_id, status, direction, price, error_code,
    error_text, content, sent_at, delivered_at, read_at, failed_at, created_at, kind, text, payload, reply_to,
    context_wamid, phone_number_id
FROM kloyst.message_log WHERE vendor_id = $1::uuid AND id = $2::uuid
