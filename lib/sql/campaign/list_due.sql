-- SCHEDULED campaigns whose time has come, the longest due first. For the platform role.
SELECT vendor_id, campaign_id FROM kloyst.lane WHERE starts_at <= now() ORDER BY starts_at, vendor_id, campaign_id LIMIT $1::int4
