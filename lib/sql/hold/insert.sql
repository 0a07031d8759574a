-- Sets money aside. The last column tells what happened: 1 held, 2 the key was used before and this is its hold,
-- 3 not covered by what is available, 6 it would have expired already; no row: no wallet. That it was held, due_note.sql is told
-- by a setting of the transaction.
WITH prior AS (
    SELECT * FROM kloyst.hold WHERE vendor_id = $1::uuid AND idempotency_key = $5::text
), changed AS (
    UPDATE kloyst.wallet SET held = held + $3::numeric, updated_at = greatest(updated_at, now())
    WHERE vendor_id = $1::uuid AND balance - held >= $3::numeric AND NOT EXISTS (SELECT FROM prior)
        AND coalesce($6::timestamptz > now(), true)
    RETURNING id
), made AS (
    INSERT INTO kloyst.hold (vendor_id, id, wallet_id, amount, reference, idempotency_key, expires_at)
    SELECT $1::uuid, $2::uuid, id, $3::numeric, $4::text, $5::text, $6::timestamptz FROM changed RETURNING *
)
SELECT id, campaign_id, amount, captured, released, reference, created_at, expires_at,
    CASE WHEN set_config('kloyst.hold_made', id::text, true) IS NOT NULL THEN 1 END FROM made
UNION ALL
SELECT id, campaign_id, amount, captured, released, reference, created_at, expires_at, 2 FROM prior
UNION ALL
SELECT id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, CASE WHEN $6::timestamptz <= now() THEN 6 ELSE 3 END
FROM kloyst.wallet WHERE vendor_id = $1::uuid AND NOT EXISTS (SELECT FROM made) AND NOT EXISTS (SELECT FROM prior)
