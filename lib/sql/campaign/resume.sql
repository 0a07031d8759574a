-- A PAUSED campaign goes on: it waits for its start, or to be sent. Not while a breaker of its template other than $3 is open, and
-- not with the prices of a category that its template has no longer. Answers the status that was found, whether it was resumed,
-- whether the template rests, and whether it is to be priced anew first.
WITH target AS MATERIALIZED (
    SELECT c.id,
        EXISTS (SELECT FROM kloyst.breaker_note n
                WHERE n.vendor_id = $1::uuid AND n.waba_account_id = c.waba_account_id AND n.template_name = c.template_name
                    AND n.template_language = c.template_language AND coalesce(n.resumes_at > now(), true)
                    AND n.id IS DISTINCT FROM $3::uuid) AS rests,
        c.price_by_rate_card AND EXISTS (
            SELECT FROM kloyst.template t
            WHERE t.vendor_id = $1::uuid AND t.id = c.template_id AND t.category <> c.category) AS mispriced
    FROM kloyst.campaign c WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid AND c.status = 'PAUSED'
), resumed AS (
    UPDATE kloyst.campaign c SET status = CASE
            WHEN c.paused_from = 'SCHEDULED' AND c.starts_at > now() THEN 'SCHEDULED'
            WHEN c.paused_from = 'SCHEDULED' THEN 'QUEUED' ELSE c.paused_from END,
        queued_at = CASE WHEN c.paused_from = 'SCHEDULED' AND c.starts_at <= now() THEN now() ELSE c.queued_at END,
        paused_from = NULL, pause_reason = NULL, updated_at = now()
    FROM target t
    WHERE c.vendor_id = $1::uuid AND c.id = t.id AND c.status = 'PAUSED' AND NOT t.rests AND NOT t.mispriced
    RETURNING c.id, c.status = 'SCHEDULED' AS waits, c.starts_at,
        kloyst.sending_opens_at(c.send_from, c.send_until, c.time_zone, greatest(now(), c.starts_at)) AS next_at
), released AS (
    UPDATE kloyst.batch b SET halted = false FROM resumed r
    WHERE b.vendor_id = $1::uuid AND b.campaign_id = r.id AND b.status <> 'COMPLETED' AND b.halted AND NOT r.waits
), awake AS (
    UPDATE kloyst.lane l SET next_at = r.next_at, starts_at = CASE WHEN r.waits THEN r.starts_at END,
        recover_at = NULL
    FROM resumed r
    WHERE l.vendor_id = $1::uuid AND l.campaign_id = r.id
)
SELECT c.status, EXISTS (SELECT FROM resumed), coalesce(t.rests, false), coalesce(t.mispriced, false)
FROM kloyst.campaign c LEFT JOIN target t ON t.id = c.id
WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid
