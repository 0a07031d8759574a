-- Removes the locked vendor with its wallet; foreign keys refuse it while other rows stand, a wallet that has ledger rows
-- among them. Contacts and messages have none. Answers whether there was such a vendor and whether it is gone.
WITH idle AS (
    SELECT v.id FROM kloyst.vendor v
    WHERE v.id = $1::uuid AND NOT EXISTS (SELECT FROM kloyst.message_log m WHERE m.vendor_id = $1::uuid)
        AND NOT EXISTS (SELECT FROM kloyst.contact c WHERE c.vendor_id = $1::uuid)
), wallet AS (
    DELETE FROM kloyst.wallet w USING idle WHERE w.vendor_id = $1::uuid AND w.seq = 0
), gone AS (
    DELETE FROM kloyst.vendor v USING idle WHERE v.id = idle.id RETURNING v.id
)
SELECT EXISTS (SELECT FROM kloyst.vendor WHERE id = $1::uuid), EXISTS (SELECT FROM gone)
