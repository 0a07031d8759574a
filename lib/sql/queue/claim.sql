-- Leases up to $3 due messages of the account $2 under the token $4 for $5 ms: single ones first, then those that were
-- deferred. Messages of a campaign that does not run now, and single ones whose template rests, are looked at again after $6 ms,
-- and not before the hours of their campaign begin; but those whose worker died are leased to be settled. One row in any
-- case: how many were not leased, and with NULL for the rest when nothing was. `started`: an earlier lease ran out on it.
-- `refused`: Meta's code for why it must not be sent any more, 0 if it may: the user was blocked or stopped marketing, or
-- the window in which it was allowed has closed.
WITH single AS MATERIALIZED (
    SELECT q.id, q.campaign_id, q.started, q.template_name, q.template_language FROM kloyst.message_queue q
    WHERE q.vendor_id = $1::uuid AND q.waba_account_id = $2::uuid AND q.single AND q.settle_at IS NULL AND q.due_at <= now()
        AND (q.leased_until IS NULL OR q.leased_until < now())
    ORDER BY q.due_at, q.id LIMIT $3::int4 FOR NO KEY UPDATE SKIP LOCKED
), deferred AS MATERIALIZED (
    SELECT q.id, q.campaign_id, q.started, NULL::text, NULL::text FROM kloyst.message_queue q
    WHERE q.vendor_id = $1::uuid AND q.waba_account_id = $2::uuid AND NOT q.single AND q.settle_at IS NULL AND q.due_at <= now()
        AND (q.leased_until IS NULL OR q.leased_until < now())
    ORDER BY q.due_at, q.id LIMIT $3::int4 - (SELECT count(*) FROM single) FOR NO KEY UPDATE SKIP LOCKED
), resting AS MATERIALIZED (
    SELECT n.template_name, n.template_language FROM kloyst.breaker_note n
    WHERE n.vendor_id = $1::uuid AND n.waba_account_id = $2::uuid AND coalesce(n.resumes_at > now(), true)
), campaign AS MATERIALIZED (
    SELECT c.*, kloyst.sending_opens_at(c.send_from, c.send_until, c.time_zone, now()) AS opens_at
    FROM (SELECT DISTINCT campaign_id FROM deferred) d
    JOIN kloyst.campaign c ON c.vendor_id = $1::uuid AND c.id = d.campaign_id
), picked AS MATERIALIZED (
    SELECT p.id, p.started OR CASE
            WHEN p.campaign_id IS NULL THEN NOT EXISTS (
                SELECT FROM resting r
                WHERE r.template_name = p.template_name AND r.template_language = p.template_language)
            ELSE c.status IN ('QUEUED', 'PROCESSING') AND c.opens_at <= now() END AS runs, c.opens_at, c.template_name,
        c.template_language, c.parameter_format, c.parameter_names, c.parameter_places, c.category::text AS category
    FROM (SELECT * FROM single UNION ALL SELECT * FROM deferred) p
    LEFT JOIN campaign c ON c.id = p.campaign_id
), leased AS (
    UPDATE kloyst.message_queue q SET lease_token = $4::uuid, leased_until = now() + $5::int4 * interval '1 millisecond'
    FROM picked p WHERE q.vendor_id = $1::uuid AND q.id = p.id AND p.runs
    RETURNING q.id, q.campaign_id, q.contact_id, q.mobile, q.body, coalesce(q.template_name, p.template_name) AS template_name,
        coalesce(q.template_category, p.category) AS template_category, q.attempts, q.phone_number_id, q.started, coalesce(q.template_language, p.template_language) AS template_language, p.parameter_format,
        p.parameter_names, p.parameter_places, q.single, q.due_at
), rested AS (
    UPDATE kloyst.message_queue q SET due_at = greatest(now() + $6::int4 * interval '1 millisecond', p.opens_at)
    FROM picked p WHERE q.vendor_id = $1::uuid AND q.id = p.id AND NOT p.runs
    RETURNING 1
)
SELECT r.messages, l.id, l.campaign_id, l.mobile, l.body, l.template_name, l.template_category, l.attempts,
    l.phone_number_id, l.started, l.template_language, l.parameter_format, l.parameter_names, t.parameters,
    CASE WHEN k.blocked_at IS NOT NULL THEN 900003
         WHEN k.opted_out_at IS NOT NULL AND l.template_name IS NOT NULL
             AND coalesce(l.template_category, 'MARKETING') = 'MARKETING' THEN 900002
         WHEN l.template_name IS NULL AND NOT EXISTS (
             SELECT FROM kloyst.conversation_window w
             WHERE w.vendor_id = $1::uuid AND w.phone_number_id = l.phone_number_id
                 AND w.recipient IN (l.mobile, k.mobile, k.bsuid) AND w.open_until > now()) THEN 131047
         ELSE 0 END, l.parameter_places
FROM (SELECT count(*) AS messages FROM rested) r
LEFT JOIN leased l ON true
LEFT JOIN LATERAL (
    SELECT c.parameters FROM kloyst.recipient c
    WHERE c.vendor_id = $1::uuid AND c.id = l.id AND l.body IS NULL LIMIT 1
) t ON true
LEFT JOIN LATERAL (
    SELECT c.mobile, c.bsuid, c.blocked_at, c.opted_out_at FROM kloyst.contact c
    WHERE c.vendor_id = $1::uuid AND c.id = coalesce((
        SELECT g.into_id FROM kloyst.contact_merge g WHERE g.vendor_id = $1::uuid AND g.contact_id = l.contact_id), l.contact_id)
    LIMIT 1
) k ON true
ORDER BY l.single DESC, l.due_at, l.id
