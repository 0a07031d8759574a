-- Whether a lane, of the vendor $1 unless that is NULL, rests now and has work within $2 ms. For the platform role.
SELECT EXISTS (
    SELECT FROM kloyst.lane
    WHERE ($1::uuid IS NULL OR vendor_id = $1::uuid)
        AND next_at > now() AND next_at <= now() + $2::int4 * interval '1 millisecond')
