-- The campaigns that are under way with this template ($3 account, $4 name, $5 language), or the one with the id $6, are to be paused
-- for the breaker $2, with the reason $7.
INSERT INTO kloyst.breaker_pause AS p (vendor_id, breaker_id, campaign_id, reason)
SELECT $1::uuid, $2::uuid, c.id, $7::text FROM kloyst.campaign c
WHERE c.vendor_id = $1::uuid AND c.status IN ('QUEUED', 'PROCESSING')
    AND CASE WHEN $6::uuid IS NULL THEN c.waba_account_id = $3::uuid AND c.template_name = $4::text
                                        AND c.template_language = $5::text
             ELSE c.id = $6::uuid END
ORDER BY c.id
ON CONFLICT (vendor_id, breaker_id, campaign_id) DO UPDATE SET reason = excluded.reason
RETURNING campaign_id
