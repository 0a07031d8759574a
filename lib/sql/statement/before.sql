-- For each moment in $2, in order: the newest ledger row before it, as its seq and the balance after it (0 and 0:
-- none), found by bisection of seq: one probe of the unique index of (vendor_id, wallet_id, seq) a step, 20 for a
-- million rows. This is exact, for created_at never goes back from one seq to the next (wallet.updated_at). An index on
-- created_at would cost every debit one more index entry and its WAL, a BRIN index would read the rows of all vendors
-- of that time, and the time inside of ids is the callers' clocks. The third column is true where a row of the ledger
-- is missing on the way. `middle` is a column and LIMIT 1 stands in the
-- subquery so that a step is a probe: under row security an index is only asked with operators that cannot leak, and
-- arithmetic is not among them; without this each step read the whole ledger (0.7 s instead of 0.5 ms at 100,000 rows).
WITH RECURSIVE search AS (
    SELECT m.no, m.moment, w.id AS wallet_id, 0::bigint AS low, w.seq AS high, w.seq - w.seq / 2 AS middle
    FROM kloyst.wallet w CROSS JOIN unnest($2::timestamptz[]) WITH ORDINALITY AS m (moment, no)
    WHERE w.vendor_id = $1::uuid
    UNION ALL
    SELECT n.no, n.moment, n.wallet_id, n.low, n.high, n.high - (n.high - n.low) / 2
    FROM (
        SELECT s.no, s.moment, s.wallet_id, CASE WHEN t.created_at < s.moment THEN t.seq ELSE s.low END AS low,
            CASE WHEN t.created_at < s.moment THEN s.high ELSE t.seq - 1 END AS high
        FROM search s
        CROSS JOIN LATERAL (
            SELECT seq, created_at FROM kloyst.transaction
            WHERE vendor_id = $1::uuid AND wallet_id = s.wallet_id AND seq = s.middle LIMIT 1
        ) t
        WHERE s.low < s.high
    ) n
), found AS (
    SELECT DISTINCT ON (no) no, wallet_id, low, high FROM search ORDER BY no, high - low
)
SELECT f.low, coalesce(t.balance_after, 0), f.low < f.high OR (f.low > 0 AND t.seq IS NULL)
FROM found f
LEFT JOIN LATERAL (
    SELECT seq, balance_after FROM kloyst.transaction
    WHERE vendor_id = $1::uuid AND wallet_id = f.wallet_id AND seq = f.low LIMIT 1
) t ON true
ORDER BY f.no
