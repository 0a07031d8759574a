-- $1 … $3 name the items and why; $6 holds their bytes one behind the other, each $5 long from $4 on.
INSERT INTO kloyst.webhook_set_aside (inbox_id, ordinal, reason, item)
SELECT x.inbox_id, x.ordinal, x.reason, substring($6::bytea FROM x.start FOR x.length)
FROM unnest($1::int8[], $2::int4[], $3::text[], $4::int4[], $5::int4[]) AS x (inbox_id, ordinal, reason, start, length)
ORDER BY x.inbox_id, x.ordinal
ON CONFLICT (inbox_id, ordinal) DO NOTHING
