-- The reader has what was read when it was at $3: a whole window up to the snapshot $5 when $6 is NULL, else the part of it up to
-- ($6, $7, $8). No row: it is somewhere else by now.
UPDATE kloyst.event_consumer SET version = version + 1, missed = false, updated_at = now(),
    seen = CASE WHEN $6::timestamptz IS NULL THEN ($5::text)::pg_snapshot ELSE ($4::text)::pg_snapshot END,
    target = CASE WHEN $6::timestamptz IS NOT NULL THEN ($5::text)::pg_snapshot END,
    after_at = $6::timestamptz, after_id = $7::uuid, after_no = $8::int8
WHERE vendor_id = $1::uuid AND name = $2::text AND version = $3::int8
