-- Leases the campaign's next batch under the token $3 for $4 ms and pays for it with ledger row $5 unless an earlier lease
-- did: capture from the hold, debit of the wallet, one ledger row, all in this statement. One row in any case: the
-- campaign, with NULL batch columns when none waits, and when it is outside its hours, until when; its lane rests until then.
-- No row: no such campaign. Of a batch that is paused or cancelled with nothing left to start, what its dead worker had started
-- is handed out, so that it is settled.
WITH closed AS MATERIALIZED (
    SELECT c.id, kloyst.sending_opens_at(c.send_from, c.send_until, c.time_zone, now()) AS opens_at
    FROM kloyst.campaign c
    WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid AND c.send_from IS NOT NULL
        AND kloyst.sending_opens_at(c.send_from, c.send_until, c.time_zone, now()) > now()
), rested AS (
    UPDATE kloyst.lane l SET next_at = greatest(l.next_at, o.opens_at)
    FROM closed o WHERE l.vendor_id = $1::uuid AND l.campaign_id = o.id
), picked AS (
    SELECT b.campaign_id, b.no, coalesce(b.hold_id, c.hold_id) AS hold_id
    FROM kloyst.campaign c
    JOIN kloyst.batch b ON b.vendor_id = $1::uuid AND b.campaign_id = c.id AND b.no >= c.first_open_batch
    WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid
        AND (b.status = 'QUEUED' OR (b.status = 'LEASED' AND b.leased_until < now()))
        AND ((c.status IN ('QUEUED', 'PROCESSING') AND NOT b.halted AND NOT EXISTS (SELECT FROM closed))
            OR (b.leases > 0 AND b.started >= coalesce(b.cancelled_from, b.size)))
    ORDER BY b.no LIMIT 1 FOR NO KEY UPDATE OF b SKIP LOCKED
), leased AS (
    UPDATE kloyst.batch b SET status = 'LEASED', lease_token = $3::uuid, leases = b.leases + 1,
        leased_until = now() + $4::int4 * interval '1 millisecond',
        debit_id = CASE WHEN b.debit_id IS NULL AND b.amount > 0 THEN $5::uuid ELSE b.debit_id END
    FROM picked p
    WHERE b.vendor_id = $1::uuid AND b.campaign_id = p.campaign_id AND b.no = p.no
    RETURNING b.campaign_id, b.no, b.first_message_id, coalesce(b.cancelled_from, b.size) AS size, b.started, b.amount, p.hold_id,
        b.debit_id = $5::uuid AS unpaid
), captured AS (
    UPDATE kloyst.hold h SET captured = h.captured + l.amount, updated_at = now()
    FROM leased l
    WHERE h.vendor_id = $1::uuid AND h.id = l.hold_id AND l.unpaid
    RETURNING l.amount, l.campaign_id, l.no
), paid AS (
    UPDATE kloyst.wallet w SET
        balance = w.balance - c.amount, held = w.held - c.amount, seq = w.seq + 1,
        updated_at = greatest(w.updated_at, now()),
        head = kloyst.ledger_hash(w.head, w.vendor_id, w.id, w.seq + 1, $5::uuid, 'DEBIT_MESSAGE', c.amount,
            w.balance - c.amount, c.campaign_id::text, NULL, NULL, c.campaign_id, c.no,
            (extract(epoch FROM greatest(w.updated_at, now())) * 1000000)::bigint)
    FROM captured c WHERE w.vendor_id = $1::uuid
    RETURNING w.id, w.seq, w.balance, w.head, w.updated_at, c.amount, c.campaign_id, c.no
), entry AS (
    INSERT INTO kloyst.transaction (vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, campaign_id,
        batch_no, hash, created_at)
    SELECT $1::uuid, $5::uuid, p.id, p.seq, 'DEBIT_MESSAGE', p.amount, p.balance, p.campaign_id::text, p.campaign_id,
        p.no, p.head, p.updated_at
    FROM paid p
), started AS (
    UPDATE kloyst.campaign c SET status = 'PROCESSING', updated_at = now()
    FROM leased l WHERE c.vendor_id = $1::uuid AND c.id = l.campaign_id AND c.status = 'QUEUED'
)
SELECT c.status, c.template_name, c.template_language, c.parameter_format, c.parameter_names,
    c.waba_account_id, w.phone_number_id, c.category::text, l.no, l.first_message_id,
    l.size, l.started, c.parameter_places, (SELECT opens_at FROM closed)
FROM kloyst.campaign c
JOIN kloyst.waba_account w ON w.vendor_id = $1::uuid AND w.id = c.waba_account_id
LEFT JOIN leased l ON l.campaign_id = c.id
WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid
