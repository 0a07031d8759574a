-- The campaign waits to be sent, or for $10, when it starts. Answers nothing when that has passed.
UPDATE kloyst.campaign SET status = CASE WHEN $10::timestamptz IS NULL THEN 'QUEUED' ELSE 'SCHEDULED' END::kloyst.campaign_status,
    first_message_id = $3::uuid, recipients = $4::int8::int4, left_out = $5::int8::int4, blocked = $6::int8::int4,
    opted_out = $7::int8::int4, batches = $8::int4, open_batches = $8::int4, hold_id = $9::uuid, starts_at = $10::timestamptz,
    queued_at = CASE WHEN $10::timestamptz IS NULL THEN now() END, updated_at = now()
WHERE vendor_id = $1::uuid AND id = $2::uuid AND ($10::timestamptz IS NULL OR $10::timestamptz > now())
RETURNING id
