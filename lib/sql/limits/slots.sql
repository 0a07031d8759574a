-- What other workers than $3 reserved of number $1 after slot $2, as far as it still counts for a pair. Ages are microseconds.
SELECT no, (extract(epoch FROM clock_timestamp() - starts_at) * 1000000)::int8, pause_ms, recipients
FROM kloyst.sending_slot
WHERE phone_number_id = $1::text AND no > $2::int8 AND worker <> $3::uuid AND starts_at > now() - interval '5 minutes'
ORDER BY no
