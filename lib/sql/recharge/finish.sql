UPDATE kloyst.razorpay_inbox SET folded_at = now(), leased_until = NULL WHERE id = $1::int8 AND folded_at IS NULL
