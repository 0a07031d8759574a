-- Messages from $5 on did not leave. A batch with nothing left to start stays with its worker, who has the answers.
UPDATE kloyst.batch SET started = least(started, $5::int4),
    status = CASE WHEN least(started, $5::int4) < size THEN 'QUEUED'::kloyst.batch_status ELSE status END,
    lease_token = CASE WHEN least(started, $5::int4) < size THEN NULL ELSE lease_token END,
    leased_until = CASE WHEN least(started, $5::int4) < size THEN NULL ELSE leased_until END
WHERE vendor_id = $1::uuid AND campaign_id = $2::uuid AND no = $3::int4 AND lease_token = $4::uuid
