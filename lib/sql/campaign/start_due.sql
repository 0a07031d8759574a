-- A SCHEDULED campaign whose time has come waits to be sent from now on. Its batches are locked.
WITH due AS (
    UPDATE kloyst.campaign c SET status = 'QUEUED', queued_at = now(), updated_at = now()
    WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid AND c.status = 'SCHEDULED' AND c.starts_at <= now()
    RETURNING c.id, kloyst.sending_opens_at(c.send_from, c.send_until, c.time_zone, now()) AS next_at
), released AS (
    UPDATE kloyst.batch b SET halted = false FROM due d WHERE b.vendor_id = $1::uuid AND b.campaign_id = d.id AND b.halted
), awake AS (
    UPDATE kloyst.lane l SET next_at = d.next_at, starts_at = NULL FROM due d
    WHERE l.vendor_id = $1::uuid AND l.campaign_id = d.id
)
SELECT id FROM due
