-- What the stored messages $2 say of their users' consent: $3 and $4 say what, and by which means.
SELECT kloyst.consent_record($1::uuid, array_agg(m.id), array_agg(coalesce(g.into_id, m.contact_id)), array_agg(x.kind),
    array_agg(x.source), array_agg(m.sent_at), array_agg(m.mobile), array_agg(m.id), array_agg(left(m.text, 500)))
FROM unnest($2::uuid[], $3::text[], $4::text[]) AS x (id, kind, source)
JOIN kloyst.message_log m ON m.vendor_id = $1::uuid AND m.id = x.id AND m.direction = 'INBOUND'
LEFT JOIN kloyst.contact_merge g ON g.vendor_id = $1::uuid AND g.contact_id = m.contact_id
HAVING count(*) > 0
