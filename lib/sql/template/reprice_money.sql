-- What those batches had set aside is released, and what they cost now set aside as hold $4; the campaign has the category $3.
-- False: the wallet does not cover it, and the transaction must be rolled back. The holds are locked before the wallet.
WITH unpaid AS (
    SELECT b.no, b.amount AS old, coalesce(b.hold_id, c.hold_id) AS hold_id, r.new
    FROM kloyst.campaign c
    JOIN kloyst.batch b ON b.vendor_id = $1::uuid AND b.campaign_id = c.id AND b.status = 'QUEUED' AND b.leases = 0
        AND b.debit_id IS NULL AND b.cancelled = 0
    CROSS JOIN LATERAL (
        SELECT sum(x.price) AS new FROM kloyst.recipient x
        WHERE x.vendor_id = $1::uuid AND x.id BETWEEN b.first_message_id AND b.last_message_id
    ) r
    WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid
), total AS (
    SELECT coalesce(sum(old), 0) AS old, coalesce(sum(new), 0) AS new FROM unpaid
), released AS (
    UPDATE kloyst.hold h SET released = h.released + u.amount, updated_at = now()
    FROM (SELECT hold_id, sum(old) AS amount FROM unpaid WHERE old > 0 GROUP BY hold_id) u
    WHERE h.vendor_id = $1::uuid AND h.id = u.hold_id
    RETURNING h.id
), changed AS (
    UPDATE kloyst.wallet w SET held = w.held + t.new - t.old, updated_at = greatest(w.updated_at, now())
    FROM total t, (SELECT count(*) FROM released) first
    WHERE w.vendor_id = $1::uuid AND w.balance - w.held >= t.new - t.old
    RETURNING w.id
), held AS (
    INSERT INTO kloyst.hold (vendor_id, id, wallet_id, campaign_id, amount, reference)
    SELECT $1::uuid, $4::uuid, w.id, $2::uuid, t.new, $2::uuid::text FROM changed w, total t WHERE t.new > 0
), priced AS (
    UPDATE kloyst.batch b SET amount = u.new, hold_id = CASE WHEN t.new > 0 THEN $4::uuid ELSE b.hold_id END
    FROM unpaid u, total t, changed
    WHERE b.vendor_id = $1::uuid AND b.campaign_id = $2::uuid AND b.no = u.no
), done AS (
    UPDATE kloyst.campaign c SET category = $3::kloyst.template_category, repriced = c.repriced + t.old, updated_at = now()
    FROM total t, changed WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid
)
SELECT EXISTS (SELECT FROM changed), (SELECT new - old FROM total)::numeric
