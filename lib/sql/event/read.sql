-- How far the reader $2 is, and beside it up to $3 events behind that: what was committed since the snapshot `seen`, in order of
-- `at`, so that a transaction that commits late is told late and not lost. A window that was begun is read to its end first. No
-- row: no such reader. A row without an id: nothing new. A reader whose snapshot is of another cluster begins anew.
WITH me AS MATERIALIZED (
    SELECT r.version, CASE WHEN pg_snapshot_xmax(r.seen) <= pg_snapshot_xmax(pg_current_snapshot()) THEN r.seen
            ELSE '1:1:'::pg_snapshot END AS seen,
        r.target IS NOT NULL AS begun, coalesce(r.target, pg_current_snapshot()) AS target,
        coalesce(r.after_at, '-infinity') AS after_at, coalesce(r.after_id, '00000000-0000-0000-0000-000000000000') AS after_id,
        coalesce(r.after_no, 0) AS after_no, r.missed
    FROM kloyst.event_consumer r WHERE r.vendor_id = $1::uuid AND r.name = $2::text
)
SELECT m.version, m.seen::text, m.target::text, m.begun, m.missed, e.at, e.id, e.no, e.kind::text, e.campaign_id, e.message_id,
    e.contact_id, e.state, e.subject, e.detail
FROM me m
LEFT JOIN LATERAL (
    SELECT v.at, v.id, coalesce(i.no, 1) AS no, v.kind, v.campaign_id, i.message_id, i.contact_id, i.state::int4 AS state, v.subject,
        v.detail
    FROM (
        SELECT w.* FROM kloyst.event w
        WHERE w.vendor_id = $1::uuid AND w.at >= m.after_at AND w.writer >= pg_snapshot_xmin(m.seen)::text::bigint
            AND NOT pg_visible_in_snapshot(w.writer::text::xid8, m.seen)
            AND (NOT m.begun OR pg_visible_in_snapshot(w.writer::text::xid8, m.target))
            AND (w.at, w.id) >= (m.after_at, m.after_id)
        ORDER BY w.at, w.id LIMIT $3::int4 + 1 -- the first of them may have been read to its end
    ) v
    LEFT JOIN LATERAL unnest(v.message_ids, v.contact_ids, v.states) WITH ORDINALITY AS i (message_id, contact_id, state, no) ON true
    WHERE (v.at, v.id, coalesce(i.no, 1)) > (m.after_at, m.after_id, m.after_no)
    ORDER BY v.at, v.id, coalesce(i.no, 1) LIMIT $3::int4
) e ON true
ORDER BY e.at, e.id, e.no
