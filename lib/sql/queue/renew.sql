UPDATE kloyst.message_queue q SET leased_until = now() + $4::int4 * interval '1 millisecond'
FROM unnest($2::uuid[]) AS x (id) WHERE q.vendor_id = $1::uuid AND q.id = x.id AND q.lease_token = $3::uuid
