-- A campaign's rows with seq > $3, by the index that keeps a batch from being paid twice. It is not in order of seq:
-- each page reads the campaign's rows, some thousands at most (one a batch of 500 and one a round of reports with
-- failures), and sorts.
SELECT vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, idempotency_key, debit_id, campaign_id,
    batch_no, hash, created_at
FROM kloyst.transaction
WHERE vendor_id = $1::uuid AND campaign_id = $2::uuid AND seq > $3::bigint
ORDER BY seq LIMIT $4::int4
