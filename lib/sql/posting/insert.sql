-- Ledger rows whose order, balances and hashes were computed under the wallet's lock. $2 wallet, $3 time; $4 … $12
-- are arrays of one length; a nil UUID is none.
INSERT INTO kloyst.transaction (vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, idempotency_key,
    debit_id, campaign_id, hash, created_at)
SELECT $1::uuid, x.id, $2::uuid, x.seq, x.type::kloyst.transaction_type, x.amount, x.balance_after, x.reference,
    x.idempotency_key, nullif(x.debit_id, '00000000-0000-0000-0000-000000000000'),
    nullif(x.campaign_id, '00000000-0000-0000-0000-000000000000'), x.hash, $3::timestamptz
FROM unnest($4::uuid[], $5::int8[], $6::text[], $7::numeric[], $8::numeric[], $9::text[], $10::text[], $11::uuid[],
    $12::uuid[], $13::bytea[])
    AS x (id, seq, type, amount, balance_after, reference, idempotency_key, debit_id, campaign_id, hash)
