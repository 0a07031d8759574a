-- Reserves a slot of number $1 for worker $2 at $3 messages a second, to the recipients $4 of whom $5 count for the
-- portfolio, beginning within $6 ms.
SELECT slot, starts_in, per_message, refused, room_in, share, paused_for, coalesce(limited, false)
FROM kloyst.slot_reserve($1::text, $2::uuid, $3::int4, $4::int8[], $5::int8[], $6::int4)
