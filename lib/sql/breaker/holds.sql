-- Whether a breaker other than $3 holds the campaign $2.
SELECT EXISTS (SELECT FROM kloyst.breaker_pause WHERE vendor_id = $1::uuid AND campaign_id = $2::uuid
    AND breaker_id IS DISTINCT FROM $3::uuid)
