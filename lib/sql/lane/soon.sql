-- Whether a lane, of the vendor $1 unless that is NULL, has work within $2 ms, or since $3 ms ago: what became due after the caller
-- last looked. Lanes that were due longer are known to the caller, who could do nothing for them. For the platform role.
SELECT EXISTS (
    SELECT FROM kloyst.lane
    WHERE ($1::uuid IS NULL OR vendor_id = $1::uuid)
        AND next_at > now() - $3::int4 * interval '1 millisecond' AND next_at <= now() + $2::int4 * interval '1 millisecond')
