-- $3 first message id, $4 recipients, $5 price, $6 batch size.
INSERT INTO kloyst.batch (vendor_id, campaign_id, no, first_message_id, last_message_id, size, amount)
SELECT $1::uuid, $2::uuid, b.no,
    (left($3::uuid::text, 28) || lpad(to_hex(b.no::int8 * $6::int4), 8, '0'))::uuid,
    (left($3::uuid::text, 28) || lpad(to_hex(b.no::int8 * $6::int4 + b.size - 1), 8, '0'))::uuid,
    b.size, b.size * $5::numeric
FROM (
    SELECT no, least($6::int4, $4::int8 - no::int8 * $6::int4)::int4 AS size
    FROM generate_series(0, (($4::int8 - 1) / $6::int4)::int4) AS no
) b
