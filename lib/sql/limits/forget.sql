-- No pair remembers longer than five minutes.
DELETE FROM kloyst.sending_slot WHERE starts_at < now() - interval '6 minutes'
