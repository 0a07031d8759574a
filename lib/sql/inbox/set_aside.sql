-- $1 … $3 name the items and why; $6 holds their bytes one behind the other, each $5 long from $4 on. Those in $7 are tried
-- again later, for $10 seconds from now: a body that is folded again was waited for already, as long as it is old.
INSERT INTO kloyst.webhook_set_aside (inbox_id, ordinal, reason, item, phone_number_id, is_message, next_at, expires_at)
SELECT x.inbox_id, x.ordinal, x.reason, substring($6::bytea FROM x.start FOR x.length), x.phone_number_id, x.is_message,
    CASE WHEN x.waits THEN now() + interval '10 seconds' END,
    CASE WHEN x.waits THEN now() + $10::int4 * interval '1 second' END
FROM unnest($1::int8[], $2::int4[], $3::text[], $4::int4[], $5::int4[], $7::bool[], $8::text[], $9::bool[])
    AS x (inbox_id, ordinal, reason, start, length, waits, phone_number_id, is_message)
JOIN kloyst.webhook_inbox i ON i.id = x.inbox_id
WHERE NOT (x.waits AND i.replayed AND i.received_at < now() - $10::int4 * interval '1 second')
ORDER BY x.inbox_id, x.ordinal
ON CONFLICT (inbox_id, ordinal) DO NOTHING
