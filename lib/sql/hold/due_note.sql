-- The hold of the vendor $1 that insert.sql has just made, if it has, expires at $2. The row's lock, taken even when nothing
-- changes, is what due_lock.sql waits for. For the platform role.
INSERT INTO kloyst.hold_due AS d (vendor_id, next_at)
SELECT $1::uuid, $2::timestamptz WHERE current_setting('kloyst.hold_made', true) <> ''
ON CONFLICT (vendor_id) DO UPDATE SET next_at = excluded.next_at WHERE excluded.next_at < d.next_at
