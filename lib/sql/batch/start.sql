-- Under the lease only, and while its campaign runs.
UPDATE kloyst.batch SET started = greatest(started, $5::int4)
WHERE vendor_id = $1::uuid AND campaign_id = $2::uuid AND no = $3::int4 AND lease_token = $4::uuid AND NOT halted
