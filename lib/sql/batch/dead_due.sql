-- PAUSED campaigns of which a worker's lease may have run out, the longest ago first, and the moment of this look. For the platform
-- role.
SELECT vendor_id, campaign_id, now() FROM kloyst.lane WHERE recover_at <= now()
ORDER BY recover_at, vendor_id, campaign_id LIMIT $1::int4
