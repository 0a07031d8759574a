-- The portfolios that the numbers of WABA $1 belong to may write to $2 users in 24 hours; NULL: to any number. Only numbers of
-- which every vendor says that they belong to this WABA.
UPDATE kloyst.portfolio p SET user_limit = $2::int4
WHERE p.id IN (
    SELECT n.portfolio_id FROM kloyst.sending_number n JOIN kloyst.waba_directory d USING (phone_number_id)
    WHERE d.waba_id = $1::text AND NOT EXISTS (
        SELECT FROM kloyst.waba_directory o WHERE o.phone_number_id = d.phone_number_id AND o.waba_id <> d.waba_id))
