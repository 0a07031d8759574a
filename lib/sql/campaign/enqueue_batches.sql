-- Batches of $6 from number $7 on, for $4 messages of $5 each (NULL: of what each costs). Ids as in enqueue_recipients.sql, with
-- $3 and $10. They are paid from hold $8; $9: they wait for the campaign to start.
INSERT INTO kloyst.batch (vendor_id, campaign_id, no, first_message_id, last_message_id, size, amount, hold_id, halted)
SELECT $1::uuid, $2::uuid, b.no, (($3::text || to_hex($10::int8 + b.no::int8 * $6::int4)))::uuid,
    ($3::text || to_hex($10::int8 + b.no::int8 * $6::int4 + b.size - 1))::uuid, b.size, b.amount, $8::uuid, $9::bool
FROM (
    SELECT no, least($6::int4, $4::int8 - (no - $7::int4)::int8 * $6::int4)::int4 AS size,
        least($6::int4, $4::int8 - (no - $7::int4)::int8 * $6::int4) * $5::numeric AS amount
    FROM generate_series($7::int4, $7::int4 + (($4::int8 - 1) / $6::int4)::int4) AS no
    WHERE $5::numeric IS NOT NULL
    UNION ALL
    SELECT batch_no, count(*)::int4, sum(price)
    FROM kloyst.recipient
    WHERE $5::numeric IS NULL AND vendor_id = $1::uuid
        AND id >= ($3::text || to_hex($10::int8 + $7::int8 * $6::int4))::uuid AND id < ($3::text || to_hex($10::int8 + 4294967295))::uuid
    GROUP BY batch_no
) b
