-- The campaigns that the breaker $2 has paused and nobody has touched since, and whether no other breaker holds them.
SELECT p.campaign_id, NOT EXISTS (SELECT FROM kloyst.breaker_pause o
                                  WHERE o.vendor_id = $1::uuid AND o.campaign_id = p.campaign_id AND o.breaker_id <> $2::uuid)
FROM kloyst.breaker_pause p
JOIN kloyst.campaign c ON c.vendor_id = $1::uuid AND c.id = p.campaign_id
WHERE p.vendor_id = $1::uuid AND p.breaker_id = $2::uuid AND c.status = 'PAUSED' AND c.pause_reason = p.reason
ORDER BY p.campaign_id
