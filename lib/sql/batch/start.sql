-- Under the lease only, while its campaign runs and within its hours.
UPDATE kloyst.batch SET started = greatest(started, $5::int4)
WHERE vendor_id = $1::uuid AND campaign_id = $2::uuid AND no = $3::int4 AND lease_token = $4::uuid AND NOT halted
    AND NOT EXISTS (
        SELECT FROM kloyst.campaign c
        WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid AND c.send_from IS NOT NULL
            AND kloyst.sending_opens_at(c.send_from, c.send_until, c.time_zone, now()) > now())
