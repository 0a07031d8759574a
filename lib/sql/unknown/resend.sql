-- The messages $2 are sent once more, under the same ids: their state stays UNKNOWN until there is an answer.
UPDATE kloyst.message_queue q SET settle_at = NULL, due_at = now(), resent = true, started = false, lease_token = NULL,
    leased_until = NULL
FROM unnest($2::uuid[]) AS x (id) WHERE q.vendor_id = $1::uuid AND q.id = x.id AND q.settle_at IS NOT NULL
