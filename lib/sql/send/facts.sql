-- What decides whether a message may go: to the recipient $3 or the contact $4, with the template $5 in language $6 unless it is
-- NULL, of the category $7 unless it is stored; $8: the price comes from the rate card. No row: no such account.
SELECT a.phone_number_id, c.id, c.mobile, c.bsuid, c.blocked_at IS NOT NULL, c.opted_out_at IS NOT NULL,
    EXISTS (SELECT FROM kloyst.conversation_window w
            WHERE w.vendor_id = $1::uuid AND w.phone_number_id = a.phone_number_id
                AND w.recipient IN ($3::text, c.mobile, c.bsuid) AND w.open_until > greatest(now(), $9::timestamptz)),
    t.id, t.category, t.status, t.parameter_format, t.places, t.names, t.unsupported,
    t.id IS NOT NULL OR $5::text IS NOT NULL AND EXISTS (
        SELECT FROM kloyst.template o WHERE o.vendor_id = $1::uuid AND o.waba_id = a.waba_id),
    CASE WHEN $8::bool THEN kloyst.price_of(
        kloyst.rates_of($1::uuid, coalesce(t.category, $7::kloyst.template_category), now()),
        coalesce($3::text, c.mobile, c.bsuid)) END,
    kloyst.template_rests($1::uuid, $2::uuid, $5::text, $6::text, greatest(now(), $9::timestamptz))
FROM kloyst.waba_account a
LEFT JOIN LATERAL (
    SELECT * FROM kloyst.contact x
    WHERE x.vendor_id = $1::uuid AND (x.id = $4::uuid OR x.mobile = $3::text OR x.bsuid = $3::text) LIMIT 1
) c ON true
LEFT JOIN kloyst.template t ON t.vendor_id = $1::uuid AND t.waba_id = a.waba_id AND t.name = $5::text COLLATE "C"
    AND t.language = $6::text COLLATE "C"
WHERE a.vendor_id = $1::uuid AND a.id = $2::uuid
