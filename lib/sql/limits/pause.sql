-- Nothing leaves by the number $1 before $2 ms from now. What it shares the cause with finds out by itself: which numbers belong to
-- a WABA is what a vendor says, and must not pause another vendor's.
UPDATE kloyst.sending_number s SET paused_until = greatest(s.paused_until, now() + $2::int4 * interval '1 millisecond')
WHERE s.phone_number_id = $1::text
