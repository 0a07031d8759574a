-- The messages $2 of the lease $3 did not leave.
UPDATE kloyst.message_queue q SET started = false, lease_token = NULL, leased_until = NULL
FROM unnest($2::uuid[]) AS x (id) WHERE q.vendor_id = $1::uuid AND q.id = x.id AND q.lease_token = $3::uuid
