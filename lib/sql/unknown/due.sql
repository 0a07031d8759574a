-- Accounts with messages whose answer never came and whose time to be settled has come, the longest overdue first. For the
-- platform role.
SELECT vendor_id, waba_account_id FROM kloyst.lane
WHERE campaign_id = '00000000-0000-0000-0000-000000000000' AND settle_at <= now()
ORDER BY settle_at, vendor_id, waba_account_id LIMIT $1::int4
