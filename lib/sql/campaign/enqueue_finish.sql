UPDATE kloyst.campaign SET status = 'QUEUED', first_message_id = $3::uuid, recipients = $4::int8::int4,
    left_out = $5::int8::int4, batches = $6::int4, open_batches = $6::int4, hold_id = $7::uuid,
    queued_at = now(), updated_at = now()
WHERE vendor_id = $1::uuid AND id = $2::uuid
