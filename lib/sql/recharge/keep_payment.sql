-- A worker that was refused may come after another one that credited the payment.
UPDATE kloyst.razorpay_item SET reason = $2::text, vendor_id = $3::uuid, updated_at = now()
WHERE kind = 'PAYMENT' AND subject = $1::text AND credited_at IS NULL
