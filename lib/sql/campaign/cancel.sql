-- Ends a campaign whose batches are locked. Of each open batch the messages that were not started, and of the message queue those
-- that are not under way, are cancelled: a batch that was never paid is released from its hold, for messages that were paid the
-- price is given back as one ledger row with the id $3, once each by the primary key of message_refund. A message that is to be
-- sent a second time because its answer was lost is settled instead. Done again, it takes in what came back since.
WITH target AS (
    SELECT id, first_message_id, (left(first_message_id::text, 28) || 'ffffffff')::uuid AS last_message_id, hold_id
    FROM kloyst.campaign
    WHERE vendor_id = $1::uuid AND id = $2::uuid AND status IN ('SCHEDULED', 'QUEUED', 'PROCESSING', 'PAUSED', 'CANCELLED')
), unqueued AS (
    DELETE FROM kloyst.message_queue q USING target t
    WHERE q.vendor_id = $1::uuid AND q.id BETWEEN t.first_message_id AND t.last_message_id AND NOT q.started AND NOT q.resent
        AND q.settle_at IS NULL
    RETURNING q.id, q.batch_no, q.price
), doubted AS (
    UPDATE kloyst.message_queue q SET due_at = 'infinity', settle_at = now(), lease_token = NULL, leased_until = NULL
    FROM target t
    WHERE q.vendor_id = $1::uuid AND q.id BETWEEN t.first_message_id AND t.last_message_id AND NOT q.started AND q.resent
        AND q.settle_at IS NULL
), open AS (
    SELECT b.campaign_id, b.no, b.status, b.first_message_id, b.last_message_id, b.started, b.debit_id, b.amount,
        coalesce(b.hold_id, t.hold_id) AS hold_id, b.cancelled_from IS NULL AS first_time,
        w.width, w.width - coalesce(f.messages, 0) AS tail, coalesce(u.messages, 0) AS unqueued
    FROM target t
    JOIN kloyst.batch b ON b.vendor_id = $1::uuid AND b.campaign_id = t.id AND b.status <> 'COMPLETED'
    CROSS JOIN LATERAL (SELECT greatest(coalesce(b.cancelled_from, b.size) - b.started, 0) AS width) w
    -- Some of those behind what was started have failed already: blocked contacts do when the batch is claimed.
    LEFT JOIN LATERAL (
        SELECT count(*)::int AS messages
        FROM (SELECT c.id FROM kloyst.recipient c
              WHERE c.vendor_id = $1::uuid AND c.id BETWEEN b.first_message_id AND b.last_message_id
              ORDER BY c.id LIMIT w.width OFFSET b.started) r
        JOIN kloyst.message_log m ON m.vendor_id = $1::uuid AND m.id = r.id
    ) f ON b.failed > 0
    LEFT JOIN (SELECT batch_no, count(*)::int AS messages FROM unqueued GROUP BY batch_no) u ON u.batch_no = b.no
), stopped AS (
    UPDATE kloyst.batch b SET halted = true, cancelled = b.cancelled + o.tail + o.unqueued,
        cancelled_from = least(b.cancelled_from, b.started), deferred = b.deferred - o.unqueued, status = s.status,
        lease_token = CASE WHEN s.status = 'LEASED' THEN b.lease_token END,
        leased_until = CASE WHEN s.status = 'LEASED' THEN b.leased_until END
    FROM open o
    JOIN kloyst.batch n ON n.vendor_id = $1::uuid AND n.campaign_id = o.campaign_id AND n.no = o.no
    CROSS JOIN LATERAL (
        SELECT n.sent + n.failed + n.delivered + n.read + n.cancelled + o.tail + o.unqueued AS settled,
            n.unknown + n.deferred - o.unqueued AS unsettled
    ) t
    CROSS JOIN LATERAL (
        SELECT CASE WHEN t.settled = n.size THEN 'COMPLETED'::kloyst.batch_status
                    WHEN t.settled + t.unsettled = n.size THEN 'SETTLING'::kloyst.batch_status ELSE n.status END AS status
    ) s
    WHERE b.vendor_id = $1::uuid AND b.campaign_id = o.campaign_id AND b.no = o.no
    RETURNING o.*, b.status = 'COMPLETED' AS completed, b.leased_until
), unpaid AS (
    SELECT hold_id, sum(amount) AS amount FROM stopped WHERE debit_id IS NULL AND amount > 0 AND first_time GROUP BY hold_id
), freed AS (
    UPDATE kloyst.hold h SET released = h.released + u.amount, updated_at = now()
    FROM unpaid u WHERE h.vendor_id = $1::uuid AND h.id = u.hold_id
    RETURNING u.amount
), paid_for AS (
    SELECT r.id, r.price, s.debit_id
    FROM stopped s
    CROSS JOIN LATERAL (
        SELECT c.id, c.price FROM kloyst.recipient c
        WHERE c.vendor_id = $1::uuid AND c.id BETWEEN s.first_message_id AND s.last_message_id
        ORDER BY c.id LIMIT s.width OFFSET s.started
    ) r
    WHERE s.debit_id IS NOT NULL AND r.price > 0
    UNION ALL
    SELECT q.id, q.price, s.debit_id FROM unqueued q JOIN stopped s ON s.no = q.batch_no
    WHERE s.debit_id IS NOT NULL AND q.price > 0
), locked AS (
    SELECT id FROM kloyst.wallet WHERE vendor_id = $1::uuid AND EXISTS (SELECT FROM paid_for) FOR NO KEY UPDATE
), due AS (
    INSERT INTO kloyst.message_refund (vendor_id, message_id, refund_id, debit_id, amount)
    SELECT $1::uuid, p.id, $3::uuid, p.debit_id, p.price FROM paid_for p, locked ORDER BY p.id
    ON CONFLICT (vendor_id, message_id) DO NOTHING
    RETURNING debit_id, amount
), per_debit AS (
    INSERT INTO kloyst.refund_total AS t (vendor_id, debit_id, amount, refunded)
    SELECT $1::uuid, d.debit_id, debit.amount, d.refunded
    FROM (SELECT debit_id, sum(amount) AS refunded FROM due GROUP BY debit_id) d
    JOIN kloyst.transaction debit ON debit.vendor_id = $1::uuid AND debit.id = d.debit_id
    ORDER BY d.debit_id
    ON CONFLICT (vendor_id, debit_id) DO UPDATE SET refunded = t.refunded + excluded.refunded
), money AS (
    SELECT (SELECT sum(amount) FROM due) AS refund, coalesce((SELECT sum(amount) FROM freed), 0) AS freed
), changed AS (
    UPDATE kloyst.wallet w SET balance = w.balance + coalesce(m.refund, 0), held = w.held - m.freed,
        seq = w.seq + CASE WHEN m.refund IS NULL THEN 0 ELSE 1 END, updated_at = greatest(w.updated_at, now()),
        head = CASE WHEN m.refund IS NULL THEN w.head
            ELSE kloyst.ledger_hash(w.head, w.vendor_id, w.id, w.seq + 1, $3::uuid, 'REFUND', m.refund, w.balance + m.refund,
                $2::uuid::text, NULL, NULL, $2::uuid, NULL,
                (extract(epoch FROM greatest(w.updated_at, now())) * 1000000)::bigint) END
    FROM money m WHERE w.vendor_id = $1::uuid AND (m.refund IS NOT NULL OR m.freed > 0)
    RETURNING w.id, w.seq, w.balance, w.head, w.updated_at, m.refund
), entry AS (
    INSERT INTO kloyst.transaction (vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, campaign_id,
        hash, created_at)
    SELECT $1::uuid, $3::uuid, c.id, c.seq, 'REFUND', c.refund, c.balance, $2::uuid::text, $2::uuid, c.head, c.updated_at
    FROM changed c WHERE c.refund IS NOT NULL
), counted AS (
    SELECT coalesce(sum(tail + unqueued), 0)::int AS messages, count(*) FILTER (WHERE completed)::int AS completed,
        max(leased_until) AS leased_until
    FROM stopped
), ended AS (
    UPDATE kloyst.campaign c SET status = 'CANCELLED', cancelled = c.cancelled + n.messages, paused_from = NULL,
        pause_reason = NULL, open_batches = c.open_batches - n.completed, updated_at = now(),
        completed_at = CASE WHEN c.open_batches = n.completed THEN coalesce(c.completed_at, now()) END
    FROM target t, counted n WHERE c.vendor_id = $1::uuid AND c.id = t.id
    RETURNING c.id, c.cancelled, c.open_batches
), closed AS (
    DELETE FROM kloyst.lane l USING ended e WHERE l.vendor_id = $1::uuid AND l.campaign_id = e.id AND e.open_batches = 0
), looked_after AS (
    -- What a worker has may come back to it or die with it: it is looked for again.
    UPDATE kloyst.lane l SET next_at = greatest(now() + interval '5 seconds', n.leased_until + interval '1 millisecond'), starts_at = NULL,
        recover_at = NULL
    FROM ended e, counted n WHERE l.vendor_id = $1::uuid AND l.campaign_id = e.id AND e.open_batches > 0
)
SELECT c.status, EXISTS (SELECT FROM ended), (SELECT cancelled FROM ended)
FROM kloyst.campaign c WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid
