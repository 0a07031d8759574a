-- Answers the status that was found and whether the row is gone.
WITH gone AS (
    DELETE FROM kloyst.campaign WHERE vendor_id = $1::uuid AND id = $2::uuid AND status = 'DRAFT' RETURNING id
)
SELECT c.status, EXISTS (SELECT FROM gone) FROM kloyst.campaign c WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid
