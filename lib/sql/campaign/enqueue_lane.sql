-- It rests until $3, when the campaign starts, if that is not NULL, and outside the hours.
INSERT INTO kloyst.lane (vendor_id, campaign_id, waba_account_id, phone_number_id, weight, next_at, starts_at)
SELECT c.vendor_id, c.id, w.id, w.phone_number_id, c.weight,
    kloyst.sending_opens_at(c.send_from, c.send_until, c.time_zone, coalesce($3::timestamptz, now())), $3::timestamptz
FROM kloyst.campaign c
JOIN kloyst.waba_account w ON w.vendor_id = $1::uuid AND w.id = c.waba_account_id
WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid
ON CONFLICT (vendor_id, waba_account_id, campaign_id) DO UPDATE SET next_at = excluded.next_at, starts_at = excluded.starts_at
