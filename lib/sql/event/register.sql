-- A new reader of the feed, which is told what happens from now on. Answers whether there is such a vendor.
WITH owner AS (
    SELECT id FROM kloyst.vendor WHERE id = $1::uuid FOR KEY SHARE
), fresh AS (
    INSERT INTO kloyst.event_consumer (vendor_id, name, version, seen)
    SELECT o.id, $2::text, 0, pg_current_snapshot() FROM owner o
    ON CONFLICT (vendor_id, name) DO NOTHING
)
SELECT EXISTS (SELECT FROM owner)
