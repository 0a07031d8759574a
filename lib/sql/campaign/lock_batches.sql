-- The locks by which workers and the calls that stop, resume or start a campaign decide between each other.
SELECT count(*) FROM (
    SELECT no FROM kloyst.batch WHERE vendor_id = $1::uuid AND campaign_id = $2::uuid AND status <> 'COMPLETED'
    ORDER BY no FOR NO KEY UPDATE
) locked
