UPDATE kloyst.razorpay_item SET credited_at = now(), updated_at = now(), vendor_id = $2::uuid, reason = NULL
WHERE kind = 'PAYMENT' AND subject = $1::text AND credited_at IS NULL
