-- Nothing goes from number $1 to the recipient $2 for $3 ms. For all workers, $4 among them.
WITH number AS (
    UPDATE kloyst.sending_number SET slots = slots + 1 WHERE phone_number_id = $1::text RETURNING slots
)
INSERT INTO kloyst.sending_slot (phone_number_id, no, worker, starts_at, pause_ms, recipients)
SELECT $1::text, n.slots, $4::uuid, clock_timestamp(), $3::int4, ARRAY[$2::int8] FROM number n
