-- Takes $4 of hold $2 as ledger row $3. The last column tells what happened: 1 captured, 2 the key was used before and
-- this is its row, 5 more than is left, 6 the hold has expired, 7 it is a campaign's; no row: no such hold. The hold is
-- locked first, then the wallet, as by those who release it; the WHERE is evaluated again after waiting for the hold.
-- Its campaign and its end never change, so what the last SELECT says of them is so whatever was waited for.
WITH prior AS (
    SELECT * FROM kloyst.transaction WHERE vendor_id = $1::uuid AND idempotency_key = $6::text
), captured AS (
    UPDATE kloyst.hold SET captured = captured + $4::numeric, updated_at = now()
    WHERE vendor_id = $1::uuid AND id = $2::uuid AND campaign_id IS NULL AND coalesce(expires_at > now(), true)
        AND captured + released + $4::numeric <= amount AND NOT EXISTS (SELECT FROM prior)
    RETURNING id
), changed AS (
    UPDATE kloyst.wallet SET balance = balance - $4::numeric, held = held - $4::numeric, seq = seq + 1,
        updated_at = greatest(updated_at, now()),
        head = kloyst.ledger_hash(head, vendor_id, wallet.id, seq + 1, $3::uuid, 'DEBIT_MESSAGE', $4::numeric,
            balance - $4::numeric, $5::text, $6::text, NULL, NULL, NULL,
            (extract(epoch FROM greatest(updated_at, now())) * 1000000)::bigint)
    FROM captured WHERE vendor_id = $1::uuid
    RETURNING wallet.id, seq, balance, head, updated_at
), posted AS (
    INSERT INTO kloyst.transaction (vendor_id, id, wallet_id, seq, type, amount, balance_after, reference,
        idempotency_key, hash, created_at)
    SELECT $1::uuid, $3::uuid, id, seq, 'DEBIT_MESSAGE', $4::numeric, balance, $5::text, $6::text, head, updated_at
    FROM changed RETURNING *
), linked AS (
    INSERT INTO kloyst.hold_capture (vendor_id, transaction_id, hold_id) SELECT $1::uuid, id, $2::uuid FROM posted
)
SELECT vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, idempotency_key, debit_id, campaign_id,
    batch_no, hash, created_at, $2::uuid, 1 FROM posted
UNION ALL
SELECT vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, idempotency_key, debit_id, campaign_id,
    batch_no, hash, created_at,
    (SELECT hold_id FROM kloyst.hold_capture c WHERE c.vendor_id = $1::uuid AND c.transaction_id = prior.id), 2
FROM prior
UNION ALL
SELECT vendor_id, id, id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    CASE WHEN campaign_id IS NOT NULL THEN 7 WHEN expires_at <= now() THEN 6 ELSE 5 END
FROM kloyst.hold
WHERE vendor_id = $1::uuid AND id = $2::uuid AND NOT EXISTS (SELECT FROM posted) AND NOT EXISTS (SELECT FROM prior)
