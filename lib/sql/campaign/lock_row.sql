-- Nobody else changes the campaign until this transaction ends.
SELECT 1 FROM kloyst.campaign WHERE vendor_id = $1::uuid AND id = $2::uuid FOR NO KEY UPDATE
