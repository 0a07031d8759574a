-- The portfolios that the numbers of WABA $1 belong to may write to $2 users in 24 hours; NULL: to any number.
UPDATE kloyst.portfolio p SET user_limit = $2::int4
WHERE p.id IN (
    SELECT n.portfolio_id FROM kloyst.sending_number n JOIN kloyst.waba_directory d USING (phone_number_id)
    WHERE d.waba_id = $1::text)
