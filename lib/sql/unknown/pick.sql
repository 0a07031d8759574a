-- Up to $3 messages of the account whose time to be settled has come. Nothing is locked yet: each may still be settled by its
-- webhook.
SELECT id FROM kloyst.message_queue
WHERE vendor_id = $1::uuid AND waba_account_id = $2::uuid AND settle_at <= now()
ORDER BY settle_at, id LIMIT $3::int4
