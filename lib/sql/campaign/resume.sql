-- A PAUSED campaign goes on: it waits for its start, or to be sent. Answers the status that was found and whether it was resumed.
WITH resumed AS (
    UPDATE kloyst.campaign c SET status = CASE
            WHEN c.paused_from = 'SCHEDULED' AND c.starts_at > now() THEN 'SCHEDULED'
            WHEN c.paused_from = 'SCHEDULED' THEN 'QUEUED' ELSE c.paused_from END,
        queued_at = CASE WHEN c.paused_from = 'SCHEDULED' AND c.starts_at <= now() THEN now() ELSE c.queued_at END,
        paused_from = NULL, pause_reason = NULL, updated_at = now()
    WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid AND c.status = 'PAUSED'
    RETURNING c.id, c.status = 'SCHEDULED' AS waits, c.starts_at,
        kloyst.sending_opens_at(c.send_from, c.send_until, c.time_zone, greatest(now(), c.starts_at)) AS next_at
), released AS (
    UPDATE kloyst.batch b SET halted = false FROM resumed r
    WHERE b.vendor_id = $1::uuid AND b.campaign_id = r.id AND b.status <> 'COMPLETED' AND b.halted AND NOT r.waits
), awake AS (
    UPDATE kloyst.lane l SET next_at = r.next_at, starts_at = CASE WHEN r.waits THEN r.starts_at END FROM resumed r
    WHERE l.vendor_id = $1::uuid AND l.campaign_id = r.id
)
SELECT status, EXISTS (SELECT FROM resumed) FROM kloyst.campaign WHERE vendor_id = $1::uuid AND id = $2::uuid
