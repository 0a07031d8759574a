-- Halts every open batch and the campaign, for the reason $3. Answers the status that was found and whether it was paused.
WITH paused AS (
    UPDATE kloyst.campaign SET paused_from = status, status = 'PAUSED', pause_reason = $3::text, updated_at = now()
    WHERE vendor_id = $1::uuid AND id = $2::uuid AND status IN ('SCHEDULED', 'QUEUED', 'PROCESSING')
    RETURNING id, first_message_id
), halted AS (
    UPDATE kloyst.batch b SET halted = true FROM paused p
    WHERE b.vendor_id = $1::uuid AND b.campaign_id = p.id AND b.status <> 'COMPLETED' AND NOT b.halted
), taken_back AS (
    -- A worker may be about to start one of these; whoever comes to its row second sees what the first did.
    UPDATE kloyst.message_queue q SET lease_token = NULL, leased_until = NULL
    FROM paused p
    WHERE q.vendor_id = $1::uuid AND q.id BETWEEN p.first_message_id AND (left(p.first_message_id::text, 28) || 'ffffffff')::uuid
        AND NOT q.started AND q.settle_at IS NULL
), resting AS (
    UPDATE kloyst.lane l SET next_at = 'infinity', starts_at = NULL, recover_at = (
        SELECT min(b.leased_until) + interval '1 millisecond' FROM kloyst.batch b
        WHERE b.vendor_id = $1::uuid AND b.campaign_id = p.id AND b.status = 'LEASED')
    FROM paused p
    WHERE l.vendor_id = $1::uuid AND l.campaign_id = p.id
)
SELECT status, EXISTS (SELECT FROM paused) FROM kloyst.campaign WHERE vendor_id = $1::uuid AND id = $2::uuid
