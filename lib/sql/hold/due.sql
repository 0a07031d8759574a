-- Up to $1 vendors that have holds whose time has passed, the longest overdue first. For the platform role.
SELECT vendor_id FROM kloyst.hold_due WHERE next_at <= now() ORDER BY next_at LIMIT $1::int4
