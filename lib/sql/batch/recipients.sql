-- The recipients $2 … $3 of batch $5 of campaign $4, each with the code for which it must not be sent any more, or 0; -1: it has
-- failed so before. Only contacts that are blocked or opted out and were changed since the campaign was made are looked at, by an
-- index that holds no others.
WITH campaign AS MATERIALIZED (
    SELECT c.created_at, coalesce(c.category::text, 'MARKETING') = 'MARKETING' AS marketing
    FROM kloyst.campaign c WHERE c.vendor_id = $1::uuid AND c.id = $4::uuid
), barred AS MATERIALIZED (
    SELECT k.id, CASE WHEN k.blocked_at IS NOT NULL THEN 900003 ELSE 900002 END AS code
    FROM campaign c
    JOIN kloyst.contact k ON k.vendor_id = $1::uuid AND (k.opted_out_at IS NOT NULL OR k.blocked_at IS NOT NULL)
        AND k.updated_at >= c.created_at
    WHERE c.marketing OR k.blocked_at IS NOT NULL
), named AS MATERIALIZED (
    SELECT b.id, b.code FROM barred b
    UNION ALL
    SELECT m.contact_id, b.code FROM barred b JOIN kloyst.contact_merge m ON m.vendor_id = $1::uuid AND m.into_id = b.id
), earlier AS MATERIALIZED (
    SELECT b.failed > 0 AS failed FROM kloyst.batch b WHERE b.vendor_id = $1::uuid AND b.campaign_id = $4::uuid AND b.no = $5::int4
)
SELECT r.id, r.mobile, r.parameters,
    CASE WHEN (SELECT e.failed FROM earlier e) AND EXISTS (
            SELECT FROM kloyst.message_log l WHERE l.vendor_id = $1::uuid AND l.id = r.id) THEN -1
         ELSE coalesce(n.code, 0) END,
    r.contact_id, r.price
FROM kloyst.recipient r
LEFT JOIN named n ON n.id = r.contact_id
WHERE r.vendor_id = $1::uuid AND r.id BETWEEN $2::uuid AND $3::uuid
ORDER BY r.id
