UPDATE kloyst.batch SET leased_until = now() + $5::int4 * interval '1 millisecond'
WHERE vendor_id = $1::uuid AND campaign_id = $2::uuid AND no = $3::int4 AND lease_token = $4::uuid
