-- Imports into one vendor merge one after the other: they touch many rows each and would deadlock.
SELECT pg_advisory_xact_lock(hashtextextended('kloyst import ' || $1::uuid, 0))
