-- Frees what is left of at most $2 holds whose time has passed. The holds are locked first, then the wallet, as by
-- those who capture from them; a hold that somebody is busy with is left to the next call, so that two never wait for
-- each other.
WITH due AS (
    SELECT id, amount - captured - released AS freed FROM kloyst.hold
    WHERE vendor_id = $1::uuid AND expires_at IS NOT NULL AND open AND expires_at <= now()
    ORDER BY expires_at LIMIT $2::int4 FOR NO KEY UPDATE SKIP LOCKED
), released AS (
    UPDATE kloyst.hold SET released = released + due.freed, updated_at = now() FROM due
    WHERE vendor_id = $1::uuid AND hold.id = due.id RETURNING due.freed
), total AS (
    SELECT sum(freed) AS freed, count(*) AS holds FROM released
), changed AS (
    UPDATE kloyst.wallet SET held = held - total.freed, updated_at = greatest(updated_at, now()) FROM total
    WHERE vendor_id = $1::uuid AND total.holds > 0
)
SELECT holds FROM total
