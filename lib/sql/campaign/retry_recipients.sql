-- Messages of the campaign that FAILED, once more: as further ones from number $5 on, ids as in enqueue_recipients.sql. Those with
-- an error code between one of $7 and of $8, or, if $9 is false, those with none of these codes.
INSERT INTO kloyst.recipient (vendor_id, id, campaign_id, contact_id, batch_no, mobile, price, parameters, retry_of)
SELECT $1::uuid, ($3::text || to_hex($4::int8 + $5::int8 + f.n))::uuid, $2::uuid, f.contact_id,
    (($5::int8 + f.n) / $6::int4)::int4, f.mobile, f.price, f.parameters, f.id
FROM (
    SELECT r.contact_id, r.mobile, r.price, r.parameters, r.id, row_number() OVER (ORDER BY r.id) - 1 AS n
    FROM kloyst.batch b
    CROSS JOIN LATERAL (
        SELECT l.id FROM kloyst.message_log l
        WHERE l.vendor_id = $1::uuid AND l.id BETWEEN b.first_message_id AND b.last_message_id AND l.status = 'FAILED'
            AND EXISTS (SELECT FROM unnest($7::int4[], $8::int4[]) AS code (first, last)
                        WHERE coalesce(l.error_code, 0) BETWEEN code.first AND code.last) = $9::bool
    ) m
    JOIN kloyst.recipient r ON r.vendor_id = $1::uuid AND r.id = m.id
    JOIN kloyst.contact c ON c.vendor_id = $1::uuid AND c.id = r.contact_id
    WHERE b.vendor_id = $1::uuid AND b.campaign_id = $2::uuid AND b.failed > 0
        AND c.blocked_at IS NULL AND (c.opted_out_at IS NULL OR NOT $10::bool)
        AND NOT EXISTS (SELECT FROM kloyst.recipient x WHERE x.vendor_id = $1::uuid AND x.retry_of = r.id)
) f
