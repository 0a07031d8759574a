INSERT INTO kloyst.sending_number AS n (phone_number_id, portfolio_id) VALUES ($1::text, $2::text)
ON CONFLICT (phone_number_id) DO UPDATE SET portfolio_id = excluded.portfolio_id
