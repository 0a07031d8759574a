-- Ledger row $2 pays $3 for the message $4. No row, and nothing changed: not covered by what is available. The WHERE is
-- evaluated again after waiting for the wallet, and the chain grows under the lock that the UPDATE takes.
WITH changed AS (
    UPDATE kloyst.wallet SET balance = balance - $3::numeric, seq = seq + 1, updated_at = greatest(updated_at, now()),
        head = kloyst.ledger_hash(head, vendor_id, id, seq + 1, $2::uuid, 'DEBIT_MESSAGE', $3::numeric,
            balance - $3::numeric, $4::uuid::text, NULL, NULL, NULL, NULL,
            (extract(epoch FROM greatest(updated_at, now())) * 1000000)::bigint)
    WHERE vendor_id = $1::uuid AND balance - $3::numeric >= held
    RETURNING id, seq, balance, head, updated_at
)
INSERT INTO kloyst.transaction (vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, hash, created_at)
SELECT $1::uuid, $2::uuid, id, seq, 'DEBIT_MESSAGE', $3::numeric, balance, $4::uuid::text, head, updated_at FROM changed
RETURNING seq
