-- Gives back the money of those messages in $2 (all of one campaign) that were paid and whose failure was ever reported,
-- once each, as one ledger row with the id $3. That a later report says delivered takes nothing back: otherwise the
-- money would depend on the order of the reports. The wallet is locked before anything is counted as given back, as by
-- every other refund. The primary key of message_refund refuses a second refund of a message, the check of refund_total
-- one above its debit.
WITH failed AS (
    SELECT m.id, m.campaign_id, m.price, b.debit_id
    FROM kloyst.message_log m
    JOIN kloyst.batch b ON b.vendor_id = $1::uuid AND b.campaign_id = m.campaign_id AND b.no = m.batch_no
    WHERE m.vendor_id = $1::uuid AND m.id = ANY ($2::uuid[]) AND m.failed_at IS NOT NULL AND m.price > 0
        AND b.debit_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM kloyst.message_refund f WHERE f.vendor_id = $1::uuid AND f.message_id = m.id)
), locked AS (
    SELECT id FROM kloyst.wallet WHERE vendor_id = $1::uuid AND EXISTS (SELECT FROM failed) FOR NO KEY UPDATE
), due AS (
    INSERT INTO kloyst.message_refund (vendor_id, message_id, refund_id, debit_id, amount)
    SELECT $1::uuid, f.id, $3::uuid, f.debit_id, f.price FROM failed f, locked ORDER BY f.id
    ON CONFLICT (vendor_id, message_id) DO NOTHING
    RETURNING debit_id, amount
), per_debit AS (
    INSERT INTO kloyst.refund_total AS t (vendor_id, debit_id, amount, refunded)
    SELECT $1::uuid, d.debit_id, debit.amount, d.refunded
    FROM (SELECT debit_id, sum(amount) AS refunded FROM due GROUP BY debit_id) d
    JOIN kloyst.transaction debit ON debit.vendor_id = $1::uuid AND debit.id = d.debit_id
    ORDER BY d.debit_id
    ON CONFLICT (vendor_id, debit_id) DO UPDATE SET refunded = t.refunded + excluded.refunded
), total AS (
    SELECT sum(amount) AS amount, count(*) AS messages, (SELECT campaign_id FROM failed LIMIT 1) AS campaign_id
    FROM due HAVING count(*) > 0
), paid AS (
    UPDATE kloyst.wallet w SET
        balance = w.balance + t.amount, seq = w.seq + 1,
        updated_at = greatest(w.updated_at, now()),
        head = kloyst.ledger_hash(w.head, w.vendor_id, w.id, w.seq + 1, $3::uuid, 'REFUND', t.amount,
            w.balance + t.amount, t.campaign_id::text, NULL, NULL, t.campaign_id, NULL,
            (extract(epoch FROM greatest(w.updated_at, now())) * 1000000)::bigint)
    FROM total t WHERE w.vendor_id = $1::uuid
    RETURNING w.id, w.seq, w.balance, w.head, w.updated_at, t.amount, t.messages, t.campaign_id
), entry AS (
    INSERT INTO kloyst.transaction (vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, campaign_id,
        hash, created_at)
    SELECT $1::uuid, $3::uuid, p.id, p.seq, 'REFUND', p.amount, p.balance, p.campaign_id::text, p.campaign_id, p.head,
        p.updated_at
    FROM paid p
)
SELECT messages, amount::numeric FROM paid
