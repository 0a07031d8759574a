-- Nothing of the lane is claimed for $4 ms.
UPDATE kloyst.lane SET next_at = greatest(next_at, now() + $4::int4 * interval '1 millisecond')
WHERE vendor_id = $1::uuid AND waba_account_id = $2::uuid AND campaign_id = $3::uuid
