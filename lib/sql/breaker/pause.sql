-- The campaigns that are under way with this template ($3 account, $4 name, $5 language), or the one with the id $6,
-- are to be paused for the breaker $2, with the reason $7. Those that another breaker has paused are held by this one
-- too. All breakers that hold a campaign know the reason that it gives, whichever is closed first.
WITH target AS (
    SELECT c.id, CASE c.status WHEN 'PAUSED' THEN c.pause_reason ELSE $7::text END AS reason
    FROM kloyst.campaign c
    WHERE c.vendor_id = $1::uuid
        AND (c.status IN ('SCHEDULED', 'QUEUED', 'PROCESSING')
            OR (c.status = 'PAUSED' AND EXISTS (
                SELECT FROM kloyst.breaker_pause h
                WHERE h.vendor_id = $1::uuid AND h.campaign_id = c.id AND h.reason = c.pause_reason)))
        AND CASE WHEN $6::uuid IS NULL THEN c.waba_account_id = $3::uuid AND c.template_name = $4::text
                                            AND c.template_language = $5::text
                 ELSE c.id = $6::uuid END
), others AS (
    UPDATE kloyst.breaker_pause o SET reason = t.reason FROM target t
    WHERE o.vendor_id = $1::uuid AND o.campaign_id = t.id AND o.breaker_id <> $2::uuid AND o.reason <> t.reason
)
INSERT INTO kloyst.breaker_pause AS p (vendor_id, breaker_id, campaign_id, reason)
SELECT $1::uuid, $2::uuid, t.id, t.reason FROM target t ORDER BY t.id
ON CONFLICT (vendor_id, breaker_id, campaign_id) DO UPDATE SET reason = excluded.reason
RETURNING campaign_id
