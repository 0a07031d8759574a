-- Waits for whoever is adding something to the vendor; what they add is seen by the next statement.
SELECT id FROM kloyst.vendor WHERE id = $1::uuid FOR UPDATE
