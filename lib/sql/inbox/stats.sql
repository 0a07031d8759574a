-- Bodies that wait and since when; items that wait for their message; those kept for a person; those that expired.
SELECT w.bodies, w.since, a.unmatched, a.kept, (SELECT coalesce(sum(items), 0)::int8 FROM kloyst.webhook_foreign)
FROM (SELECT count(*) AS bodies, min(received_at) AS since FROM kloyst.webhook_inbox WHERE folded_at IS NULL) w,
    (SELECT count(*) FILTER (WHERE next_at IS NOT NULL) AS unmatched, count(*) FILTER (WHERE next_at IS NULL) AS kept
     FROM kloyst.webhook_set_aside) a
