-- Merges events of outbound messages into the message log: $2 … $7 are arrays of one length. The state after a set of
-- events does not depend on their order or number: the greatest status, the earliest times, the error of the
-- earliest failure (then the smallest code, then text). A delivery implies sending and reading implies delivery, so their
-- times bound the earlier ones. A row that would stay as it is gets no new version.
INSERT INTO kloyst.message_log AS m (vendor_id, id, campaign_id, batch_no, contact_id, mobile, wa_message_id, status,
    direction, price, error_code, error_text, sent_at, delivered_at, read_at, failed_at)
SELECT r.vendor_id, r.id, r.campaign_id, r.batch_no, r.contact_id, r.mobile, e.wa_message_id, e.status,
    'OUTBOUND', r.price, e.error_code, e.error_text, e.sent_at, e.delivered_at, e.read_at, e.failed_at
FROM (
    SELECT x.id, min(x.wa_message_id COLLATE "C") AS wa_message_id, max(x.status::kloyst.message_status) AS status,
        min(x.at) FILTER (WHERE x.status IN ('SENT', 'DELIVERED', 'READ')) AS sent_at,
        min(x.at) FILTER (WHERE x.status IN ('DELIVERED', 'READ')) AS delivered_at,
        min(x.at) FILTER (WHERE x.status = 'READ') AS read_at,
        min(x.at) FILTER (WHERE x.status = 'FAILED') AS failed_at,
        (array_agg(x.error_code ORDER BY x.at, x.error_code, coalesce(x.error_text, '') COLLATE "C")
            FILTER (WHERE x.status = 'FAILED'))[1] AS error_code,
        (array_agg(x.error_text ORDER BY x.at, x.error_code, coalesce(x.error_text, '') COLLATE "C")
            FILTER (WHERE x.status = 'FAILED'))[1] AS error_text
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::int4[], $7::text[])
        AS x (id, wa_message_id, status, at, error_code, error_text)
    GROUP BY x.id
) e
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
