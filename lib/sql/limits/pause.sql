-- Nothing leaves before $4 ms from now: by the number $1; if $2, by any number of its WABA; if $3, by any.
UPDATE kloyst.sending_number s SET paused_until = greatest(s.paused_until, now() + $4::int4 * interval '1 millisecond')
WHERE s.phone_number_id = $1::text OR $3::bool
    OR ($2::bool AND s.phone_number_id IN (
        SELECT d.phone_number_id FROM kloyst.waba_directory d
        WHERE d.waba_id IN (SELECT o.waba_id FROM kloyst.waba_directory o WHERE o.phone_number_id = $1::text)))
