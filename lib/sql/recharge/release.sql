UPDATE kloyst.razorpay_inbox SET leased_until = NULL WHERE id = ANY ($1::int8[]) AND folded_at IS NULL
