INSERT INTO kloyst.razorpay_inbox (event_id, body) VALUES ($1::text, $2::bytea) ON CONFLICT (event_id) DO NOTHING
