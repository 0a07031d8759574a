-- The campaign goes on with $3 more messages in $4 more batches; the first batch of them is number $5.
UPDATE kloyst.campaign SET status = CASE WHEN status = 'COMPLETED' THEN 'QUEUED' ELSE status END,
    recipients = recipients + $3::int8::int4, retried = retried + $3::int8::int4, batches = $5::int4 + $4::int4,
    open_batches = open_batches + $4::int4, completed_at = NULL, updated_at = now()
WHERE vendor_id = $1::uuid AND id = $2::uuid
