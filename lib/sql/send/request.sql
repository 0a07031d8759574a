-- What was asked for under this key.
SELECT message_id, waba_account_id, recipient, kind, content_hash, reply_to, price, due_at
FROM kloyst.message_request WHERE vendor_id = $1::uuid AND idempotency_key = $2::text
