-- Removes the locked vendor with its wallet; foreign keys refuse it while other rows stand, a wallet that has ledger rows
-- among them. Contacts, messages and the evidence of consent have none, and stand in the way too; what the event feed
-- holds goes with it. Answers whether there was such a vendor and whether it is gone.
WITH idle AS (
    SELECT v.id FROM kloyst.vendor v
    WHERE v.id = $1::uuid AND NOT EXISTS (SELECT FROM kloyst.message_log m WHERE m.vendor_id = $1::uuid)
        AND NOT EXISTS (SELECT FROM kloyst.contact c WHERE c.vendor_id = $1::uuid)
        AND NOT EXISTS (SELECT FROM kloyst.consent_event e WHERE e.vendor_id = $1::uuid)
), wallet AS (
    DELETE FROM kloyst.wallet w USING idle WHERE w.vendor_id = $1::uuid AND w.seq = 0
), events AS (
    DELETE FROM kloyst.event e USING idle WHERE e.vendor_id = $1::uuid
), consumers AS (
    DELETE FROM kloyst.event_consumer r USING idle WHERE r.vendor_id = $1::uuid
), merges AS (
    DELETE FROM kloyst.contact_merge m USING idle WHERE m.vendor_id = $1::uuid
), gone AS (
    DELETE FROM kloyst.vendor v USING idle WHERE v.id = idle.id RETURNING v.id
)
SELECT EXISTS (SELECT FROM kloyst.vendor WHERE id = $1::uuid), EXISTS (SELECT FROM gone)
