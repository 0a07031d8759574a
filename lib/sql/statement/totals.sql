-- Rows $2 < seq <= $3 summed up by day and type; days begin $4 minutes before those of UTC. The day is answered as the
-- moment at which it begins.
SELECT (t.day - $4::int4 * interval '1 minute') AT TIME ZONE 'UTC', t.type, count(*), sum(t.amount)
FROM (
    SELECT date_trunc('day', created_at AT TIME ZONE 'UTC' + $4::int4 * interval '1 minute') AS day, type, amount
    FROM kloyst.transaction
    WHERE vendor_id = $1::uuid AND wallet_id = (SELECT id FROM kloyst.wallet WHERE vendor_id = $1::uuid)
        AND seq > $2::bigint AND seq <= $3::bigint
) t
GROUP BY t.day, t.type ORDER BY t.day, t.type
