-- The limit of the portfolios that the WABA's numbers belong to; NULL: none.
UPDATE kloyst.portfolio p SET user_limit = $2::int4
WHERE p.user_limit IS DISTINCT FROM $2::int4 AND p.id IN (
    SELECT n.portfolio_id FROM kloyst.sending_number n JOIN kloyst.waba_directory d USING (phone_number_id) WHERE d.waba_id = $1::text)
