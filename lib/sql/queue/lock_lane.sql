-- Whoever puts something into the queue at this moment is waited for here, and seen by the next statement.
SELECT 1 FROM kloyst.lane WHERE vendor_id = $1::uuid AND waba_account_id = $2::uuid
    AND campaign_id = '00000000-0000-0000-0000-000000000000' FOR UPDATE
