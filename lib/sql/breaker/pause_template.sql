-- Pauses every campaign that is under way with this template, for the breaker $2. The rows are locked in order of id.
WITH found AS (
    SELECT c.id FROM kloyst.campaign c
    WHERE c.vendor_id = $1::uuid AND c.waba_account_id = $3::uuid AND c.template_name = $4::text
        AND c.template_language = $5::text AND c.status IN ('QUEUED', 'PROCESSING')
    ORDER BY c.id FOR NO KEY UPDATE
), paused AS (
    UPDATE kloyst.campaign c SET status = 'PAUSED', updated_at = now()
    FROM found f WHERE c.vendor_id = $1::uuid AND c.id = f.id
    RETURNING c.id
), resting AS (
    UPDATE kloyst.lane l SET next_at = 'infinity' FROM paused p WHERE l.vendor_id = $1::uuid AND l.campaign_id = p.id
)
INSERT INTO kloyst.breaker_pause (vendor_id, breaker_id, campaign_id)
SELECT $1::uuid, $2::uuid, p.id FROM paused p
ON CONFLICT (vendor_id, breaker_id, campaign_id) DO NOTHING
