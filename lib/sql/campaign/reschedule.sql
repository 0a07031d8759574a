-- A SCHEDULED campaign starts at $3 instead. Answers its recipients when it was still SCHEDULED, and whether $3 lies ahead.
WITH moved AS (
    UPDATE kloyst.campaign c SET starts_at = $3::timestamptz, updated_at = now()
    WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid AND c.status = 'SCHEDULED' AND $3::timestamptz > now()
    RETURNING c.id, kloyst.sending_opens_at(c.send_from, c.send_until, c.time_zone, $3::timestamptz) AS next_at
), resting AS (
    UPDATE kloyst.lane l SET next_at = m.next_at, starts_at = $3::timestamptz FROM moved m
    WHERE l.vendor_id = $1::uuid AND l.campaign_id = m.id
)
SELECT status, EXISTS (SELECT FROM moved), recipients, $3::timestamptz > now()
FROM kloyst.campaign WHERE vendor_id = $1::uuid AND id = $2::uuid
