-- Wakes the lane of the account $2's queue at $3 (NULL: now), and makes it if there is none. Whoever puts messages into the queue does this
-- in the same transaction.
INSERT INTO kloyst.lane AS l (vendor_id, waba_account_id, campaign_id, phone_number_id, next_at)
SELECT $1::uuid, w.id, '00000000-0000-0000-0000-000000000000', w.phone_number_id, coalesce($3::timestamptz, now())
FROM kloyst.waba_account w WHERE w.vendor_id = $1::uuid AND w.id = $2::uuid
ON CONFLICT (vendor_id, waba_account_id, campaign_id) DO UPDATE SET next_at = least(l.next_at, excluded.next_at)
