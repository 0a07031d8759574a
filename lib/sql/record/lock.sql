-- Locks the batches of the messages $2, or a single message's recipient: whoever writes a message's row in the log holds one of
-- the two, so that what the next statement of the transaction reads of the messages stays true. Rows: those of the ids that
-- are no message of the vendor, in their order.
WITH known AS MATERIALIZED (
    SELECT x.id, coalesce(m.id, r.id) IS NOT NULL AS found, coalesce(m.campaign_id, r.campaign_id) AS campaign_id,
        coalesce(m.batch_no, r.batch_no) AS batch_no
    FROM unnest($2::uuid[]) AS x (id)
    LEFT JOIN LATERAL (
        SELECT l.id, l.campaign_id, l.batch_no FROM kloyst.message_log l
        WHERE l.vendor_id = $1::uuid AND l.id = x.id AND l.direction = 'OUTBOUND' LIMIT 1
    ) m ON true
    LEFT JOIN LATERAL (
        SELECT c.id, c.campaign_id, c.batch_no FROM kloyst.recipient c
        WHERE c.vendor_id = $1::uuid AND c.id = x.id AND m.id IS NULL LIMIT 1
    ) r ON true
), batches AS MATERIALIZED (
    SELECT b.no
    FROM (SELECT DISTINCT campaign_id, batch_no FROM known WHERE batch_no IS NOT NULL) k
    JOIN kloyst.batch b ON b.vendor_id = $1::uuid AND b.campaign_id = k.campaign_id AND b.no = k.batch_no
    ORDER BY b.campaign_id, b.no FOR NO KEY UPDATE OF b
), singles AS MATERIALIZED (
    SELECT r.id
    FROM (SELECT DISTINCT id FROM known WHERE found AND batch_no IS NULL) k
    JOIN kloyst.recipient r ON r.vendor_id = $1::uuid AND r.id = k.id
    ORDER BY r.id FOR NO KEY UPDATE OF r
)
SELECT id FROM known WHERE NOT found
-- Nothing comes of these: that they are read to their end is what takes the locks.
UNION ALL SELECT NULL FROM (SELECT count(*) AS n FROM batches) b WHERE b.n < 0
UNION ALL SELECT NULL FROM (SELECT count(*) AS n FROM singles) s WHERE s.n < 0
