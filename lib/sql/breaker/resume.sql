-- Campaigns that the breaker $2 has paused and no other one holds go on, if they are paused still. $3: only when its time is up.
WITH released AS (
    DELETE FROM kloyst.breaker_pause p
    WHERE p.vendor_id = $1::uuid AND p.breaker_id = $2::uuid
        AND (NOT $3::bool OR EXISTS (SELECT FROM kloyst.breaker_note n
                                     WHERE n.vendor_id = $1::uuid AND n.id = $2::uuid AND n.resumes_at <= now()))
    RETURNING p.campaign_id
), resumed AS (
    UPDATE kloyst.campaign c SET status = 'QUEUED', updated_at = now()
    FROM released r
    WHERE c.vendor_id = $1::uuid AND c.id = r.campaign_id AND c.status = 'PAUSED'
        AND NOT EXISTS (SELECT FROM kloyst.breaker_pause o
                        WHERE o.vendor_id = $1::uuid AND o.campaign_id = c.id AND o.breaker_id <> $2::uuid)
    RETURNING c.id
)
UPDATE kloyst.lane l SET next_at = now() FROM resumed r WHERE l.vendor_id = $1::uuid AND l.campaign_id = r.id
