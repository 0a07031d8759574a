-- The portfolio $1 may write to $2 users in 24 hours; NULL: to any number. Without a limit nobody is counted.
INSERT INTO kloyst.portfolio AS p (id, user_limit) VALUES ($1::text, $2::int4)
ON CONFLICT (id) DO UPDATE SET user_limit = excluded.user_limit
