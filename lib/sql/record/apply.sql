-- Merges what is known of outbound messages, one row each in $2 … $10, into the message log. The state after any set of
-- reports does not depend on their order or number: the greatest status, the earliest times, the error of the earliest
-- failure (then the smallest code, then text). A row that would stay as it is gets no new version.
INSERT INTO kloyst.message_log AS m (vendor_id, id, campaign_id, batch_no, contact_id, mobile, wa_message_id, status,
    direction, price, error_code, error_text, sent_at, delivered_at, read_at, failed_at)
SELECT r.vendor_id, r.id, r.campaign_id, r.batch_no, r.contact_id, r.mobile, e.wa_message_id,
    e.status::kloyst.message_status, 'OUTBOUND', r.price,
    CASE WHEN e.failed_at IS NOT NULL THEN e.error_code END, e.error_text,
    e.sent_at, e.delivered_at, e.read_at, e.failed_at
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[],
    $8::timestamptz[], $9::int4[], $10::text[])
    AS e (id, wa_message_id, status, sent_at, delivered_at, read_at, failed_at, error_code, error_text)
JOIN kloyst.recipient r ON r.vendor_id = $1::uuid AND r.id = e.id
ORDER BY r.id
ON CONFLICT (vendor_id, id) DO UPDATE SET
    wa_message_id = CASE WHEN m.wa_message_id IS NULL THEN excluded.wa_message_id ELSE m.wa_message_id END,
    status = greatest(m.status, excluded.status),
    sent_at = least(m.sent_at, excluded.sent_at),
    delivered_at = least(m.delivered_at, excluded.delivered_at),
    read_at = least(m.read_at, excluded.read_at),
    failed_at = least(m.failed_at, excluded.failed_at),
    error_code = CASE WHEN m.failed_at IS NULL
            OR (excluded.failed_at, excluded.error_code, coalesce(excluded.error_text, '') COLLATE "C")
             < (m.failed_at, m.error_code, coalesce(m.error_text, '') COLLATE "C")
        THEN excluded.error_code ELSE m.error_code END,
    error_text = CASE WHEN m.failed_at IS NULL
            OR (excluded.failed_at, excluded.error_code, coalesce(excluded.error_text, '') COLLATE "C")
             < (m.failed_at, m.error_code, coalesce(m.error_text, '') COLLATE "C")
        THEN excluded.error_text ELSE m.error_text END
WHERE m.vendor_id = $1::uuid AND (excluded.status > m.status
    OR (m.wa_message_id IS NULL AND excluded.wa_message_id IS NOT NULL)
    OR least(m.sent_at, excluded.sent_at) IS DISTINCT FROM m.sent_at
    OR least(m.delivered_at, excluded.delivered_at) IS DISTINCT FROM m.delivered_at
    OR least(m.read_at, excluded.read_at) IS DISTINCT FROM m.read_at
    OR least(m.failed_at, excluded.failed_at) IS DISTINCT FROM m.failed_at
    OR (excluded.failed_at, excluded.error_code, coalesce(excluded.error_text, '') COLLATE "C")
     < (m.failed_at, m.error_code, coalesce(m.error_text, '') COLLATE "C"))
