-- Pauses the campaign $3 if it is under way, for the breaker $2.
WITH paused AS (
    UPDATE kloyst.campaign c SET status = 'PAUSED', updated_at = now()
    WHERE c.vendor_id = $1::uuid AND c.id = $3::uuid AND c.status IN ('QUEUED', 'PROCESSING')
    RETURNING c.id
), resting AS (
    UPDATE kloyst.lane l SET next_at = 'infinity' FROM paused p WHERE l.vendor_id = $1::uuid AND l.campaign_id = p.id
)
INSERT INTO kloyst.breaker_pause (vendor_id, breaker_id, campaign_id)
SELECT $1::uuid, $2::uuid, p.id FROM paused p
ON CONFLICT (vendor_id, breaker_id, campaign_id) DO NOTHING
