-- The messages $2 of the lease $3 may leave from now on: all of them, or none when one was taken back or its campaign stopped
-- or is outside its hours.
WITH campaign AS MATERIALIZED (
    SELECT c.id
    FROM (SELECT DISTINCT q.campaign_id FROM unnest($2::uuid[]) AS x (id)
          JOIN kloyst.message_queue q ON q.vendor_id = $1::uuid AND q.id = x.id) d
    JOIN kloyst.campaign c ON c.vendor_id = $1::uuid AND c.id = d.campaign_id
    WHERE c.status IN ('QUEUED', 'PROCESSING')
        AND kloyst.sending_opens_at(c.send_from, c.send_until, c.time_zone, now()) <= now()
), mine AS MATERIALIZED (
    SELECT q.id
    FROM unnest($2::uuid[]) AS x (id)
    JOIN kloyst.message_queue q ON q.vendor_id = $1::uuid AND q.id = x.id
    LEFT JOIN campaign c ON c.id = q.campaign_id
    WHERE q.lease_token = $3::uuid AND (q.single OR c.id IS NOT NULL)
    ORDER BY q.id FOR NO KEY UPDATE OF q
)
UPDATE kloyst.message_queue q SET started = true FROM mine m
WHERE q.vendor_id = $1::uuid AND q.id = m.id AND (SELECT count(*) FROM mine) = cardinality($2::uuid[])
