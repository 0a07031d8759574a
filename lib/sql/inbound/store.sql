-- Messages from users, one each in $2 … $17; those that are stored already are passed over. Whoever writes becomes a contact, and
-- who says to have another number takes its contact along. In order of who wrote, so that two that store at the same time do not
-- wait for each other. The event feed tells of those that were new.
WITH heard AS (
    SELECT x.* FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::text[],
        $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::int4[])
        AS x (id, fresh, number, user_id, wamid, content, at, kind, text, payload, context, phone_number_id, new_number, new_user_id,
              old_user_id, error_code)
    WHERE NOT EXISTS (SELECT FROM kloyst.message_log m WHERE m.vendor_id = $1::uuid AND m.id = x.id)
    ORDER BY coalesce(x.number, x.user_id), x.at, x.id
    OFFSET 0
), met AS MATERIALIZED (
    SELECT h.*, CASE WHEN h.new_number IS NOT NULL OR h.new_user_id IS NOT NULL
        THEN kloyst.contact_move($1::uuid, h.fresh, h.number, coalesce(h.old_user_id, h.user_id), h.new_number, h.new_user_id)
        ELSE kloyst.contact_hear($1::uuid, h.fresh, h.number, h.user_id, h.id) END AS contact_id
    FROM heard h
), stored AS (
    INSERT INTO kloyst.message_log (vendor_id, id, contact_id, mobile, wa_message_id, status, direction, content, sent_at, kind,
        text, payload, context_wamid, reply_to, phone_number_id, error_code)
    SELECT $1::uuid, m.id, m.contact_id, coalesce(m.number, m.user_id), m.wamid, 'DELIVERED', 'INBOUND', m.content::jsonb, m.at,
        m.kind::kloyst.inbound_kind, m.text, m.payload, m.context, o.id, m.phone_number_id, nullif(m.error_code, 0)
    FROM met m
    LEFT JOIN LATERAL (
        SELECT s.id FROM (
            SELECT l.id FROM kloyst.message_log l WHERE l.vendor_id = $1::uuid AND l.wa_message_id = m.context OFFSET 0
        ) s ORDER BY s.id LIMIT 1
    ) o ON true
    WHERE m.contact_id IS NOT NULL
    ORDER BY m.id
    ON CONFLICT DO NOTHING
    RETURNING id, contact_id, sent_at
), told AS (
    INSERT INTO kloyst.event (vendor_id, kind, message_ids, contact_ids)
    SELECT $1::uuid, 'MESSAGE_RECEIVED', array_agg(id ORDER BY sent_at, id), array_agg(contact_id ORDER BY sent_at, id)
    FROM stored WHERE EXISTS (SELECT FROM kloyst.event_consumer WHERE vendor_id = $1::uuid) HAVING count(*) > 0
)
SELECT count(*) FROM stored
