-- Meta said that number $1 exceeded its throughput: half of it, at most once a second.
UPDATE kloyst.sending_number SET share = greatest(share / 2, 0.0625), slowed_at = now()
WHERE phone_number_id = $1::text AND (slowed_at IS NULL OR slowed_at NOT BETWEEN now() - interval '1 second' AND now())
