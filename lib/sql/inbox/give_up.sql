-- What turned out to be wrong in itself is kept for a person: ids $1, reasons $2.
UPDATE kloyst.webhook_set_aside s SET reason = x.reason, next_at = NULL, expires_at = NULL
FROM unnest($1::int8[], $2::text[]) AS x (id, reason) WHERE s.id = x.id
