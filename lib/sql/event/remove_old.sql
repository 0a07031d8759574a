-- Removes up to $3 events that are older than $2 seconds. Readers that have not read them are told so.
WITH gone AS (
    DELETE FROM kloyst.event e USING (
        SELECT at, id FROM kloyst.event
        WHERE vendor_id = $1::uuid AND at < now() - $2::int8 * interval '1 second' ORDER BY at, id LIMIT $3::int4
    ) old
    WHERE e.vendor_id = $1::uuid AND e.at = old.at AND e.id = old.id
    RETURNING e.writer, e.at, e.id
), told AS (
    UPDATE kloyst.event_consumer r SET missed = true
    WHERE r.vendor_id = $1::uuid AND NOT r.missed AND EXISTS (
        SELECT FROM gone g WHERE NOT pg_visible_in_snapshot(g.writer::text::xid8, r.seen)
            AND (g.at, g.id) > (coalesce(r.after_at, '-infinity'), coalesce(r.after_id, '00000000-0000-0000-0000-000000000000')))
)
SELECT count(*) FROM gone
