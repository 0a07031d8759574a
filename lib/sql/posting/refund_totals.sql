-- Counts what is given back of each debit; the check refund_within_debit holds the sum.
INSERT INTO kloyst.refund_total AS t (vendor_id, debit_id, amount, refunded)
SELECT $1::uuid, x.debit_id, x.amount, x.refunded
FROM unnest($2::uuid[], $3::numeric[], $4::numeric[]) AS x (debit_id, amount, refunded)
ORDER BY x.debit_id
ON CONFLICT (vendor_id, debit_id) DO UPDATE SET refunded = t.refunded + excluded.refunded
