-- The debits that are to be refunded, and what is left of each. LIMIT as in prior.sql.
SELECT t.id, t.amount - coalesce(r.refunded, 0), t.amount, t.campaign_id
FROM (SELECT DISTINCT id FROM unnest($2::uuid[]) AS a (id)) AS x
CROSS JOIN LATERAL (
    SELECT * FROM kloyst.transaction WHERE vendor_id = $1::uuid AND id = x.id AND type = 'DEBIT_MESSAGE' LIMIT 1
) AS t
LEFT JOIN LATERAL (
    SELECT refunded FROM kloyst.refund_total WHERE vendor_id = $1::uuid AND debit_id = x.id LIMIT 1
) AS r ON true
