-- A second one with the key waits here for the first.
INSERT INTO kloyst.message_request (vendor_id, idempotency_key, message_id, waba_account_id, recipient, kind, content_hash,
    reply_to, price, due_at)
VALUES ($1::uuid, $2::text, $3::uuid, $4::uuid, $5::text, $6::text, $7::bytea, $8::text, $9::numeric, $10::timestamptz)
