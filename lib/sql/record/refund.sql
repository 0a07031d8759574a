-- Gives back the money of those messages in $2 that were paid and whose failure was ever reported, or that Meta did not
-- charge for ($3), once each: as one ledger row a campaign, and one for each single message, with ids from $4. That a later
-- report says delivered takes nothing back: otherwise the money would depend on the order of the reports. The
-- wallet is locked before anything is counted as given back, as by every other refund. The primary key of
-- message_refund refuses a second refund of a message, the check of refund_total one above its debit.
WITH RECURSIVE owed AS MATERIALIZED (
    SELECT m.id, m.campaign_id, coalesce(m.campaign_id, m.id) AS reference, m.price,
        coalesce(b.debit_id, r.debit_id) AS debit_id
    FROM (SELECT id, bool_or(free) AS free FROM unnest($2::uuid[], $3::bool[]) AS e (id, free) GROUP BY id) x
    CROSS JOIN LATERAL (
        SELECT l.id, l.campaign_id, l.batch_no, l.price FROM kloyst.message_log l
        WHERE l.vendor_id = $1::uuid AND l.id = x.id AND l.direction = 'OUTBOUND'
            AND (l.failed_at IS NOT NULL OR x.free) AND l.price > 0 LIMIT 1
    ) m
    LEFT JOIN LATERAL (
        SELECT t.debit_id FROM kloyst.batch t
        WHERE t.vendor_id = $1::uuid AND t.campaign_id = m.campaign_id AND t.no = m.batch_no LIMIT 1
    ) b ON true
    LEFT JOIN LATERAL (
        SELECT c.debit_id FROM kloyst.recipient c
        WHERE c.vendor_id = $1::uuid AND c.id = m.id AND m.batch_no IS NULL LIMIT 1
    ) r ON true
    WHERE coalesce(b.debit_id, r.debit_id) IS NOT NULL
        AND NOT EXISTS (SELECT FROM kloyst.message_refund f WHERE f.vendor_id = $1::uuid AND f.message_id = m.id)
), locked AS (
    SELECT w.id, w.head, w.seq, w.balance, greatest(w.updated_at, now()) AS at
    FROM kloyst.wallet w WHERE w.vendor_id = $1::uuid AND EXISTS (SELECT FROM owed) FOR NO KEY UPDATE
), entry AS MATERIALIZED (
    SELECT o.reference, o.campaign_id, o.debit_id, o.amount, o.messages, o.n, ($4::uuid[])[o.n] AS id
    FROM (
        SELECT reference, campaign_id, CASE WHEN campaign_id IS NULL THEN (array_agg(debit_id))[1] END AS debit_id,
            sum(price)::numeric(10,4) AS amount, count(*) AS messages, row_number() OVER (ORDER BY reference) AS n
        FROM owed GROUP BY reference, campaign_id
    ) o
), due AS (
    INSERT INTO kloyst.message_refund (vendor_id, message_id, refund_id, debit_id, amount)
    SELECT $1::uuid, o.id, e.id, o.debit_id, o.price
    FROM owed o CROSS JOIN locked
    JOIN entry e ON e.reference = o.reference
    ORDER BY o.id
    RETURNING debit_id, amount
), per_debit AS (
    INSERT INTO kloyst.refund_total AS t (vendor_id, debit_id, amount, refunded)
    SELECT $1::uuid, d.debit_id, debit.amount, d.refunded
    FROM (SELECT debit_id, sum(amount) AS refunded FROM due GROUP BY debit_id) d
    JOIN kloyst.transaction debit ON debit.vendor_id = $1::uuid AND debit.id = d.debit_id
    ORDER BY d.debit_id
    ON CONFLICT (vendor_id, debit_id) DO UPDATE SET refunded = t.refunded + excluded.refunded
), chain AS (
    SELECT 0::bigint AS n, l.id AS wallet_id, l.seq, l.balance::numeric AS balance, l.head::bytea AS head, l.at FROM locked l
    UNION ALL
    SELECT e.n, c.wallet_id, c.seq + 1, c.balance + e.amount,
        kloyst.ledger_hash(c.head, $1::uuid, c.wallet_id, c.seq + 1, e.id, 'REFUND', e.amount, c.balance + e.amount,
            e.reference::text, NULL, e.debit_id, e.campaign_id, NULL, (extract(epoch FROM c.at) * 1000000)::bigint),
        c.at
    FROM chain c JOIN entry e ON e.n = c.n + 1
), paid AS (
    UPDATE kloyst.wallet w SET balance = c.balance, seq = c.seq, head = c.head, updated_at = c.at
    FROM (SELECT * FROM chain WHERE n > 0 ORDER BY n DESC LIMIT 1) c WHERE w.vendor_id = $1::uuid
), posted AS (
    INSERT INTO kloyst.transaction (vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, debit_id,
        campaign_id, hash, created_at)
    SELECT $1::uuid, e.id, c.wallet_id, c.seq, 'REFUND', e.amount, c.balance, e.reference::text, e.debit_id, e.campaign_id,
        c.head, c.at
    FROM chain c JOIN entry e ON e.n = c.n ORDER BY c.seq
)
SELECT sum(messages)::bigint, sum(amount)::numeric FROM entry HAVING count(*) > 0
