-- The counters of the campaign's batches, which are kept with its messages; none of these is read.
SELECT c.recipients, c.left_out, b.unknown, b.sent, b.delivered, b.read, b.failed, b.accepted,
    coalesce((SELECT sum(h.amount - h.captured - h.released) FROM kloyst.hold h
              WHERE h.vendor_id = $1::uuid AND h.campaign_id = c.id), 0),
    coalesce((SELECT sum(t.amount) FROM kloyst.transaction t
              WHERE t.vendor_id = $1::uuid AND t.campaign_id = c.id AND t.type = 'DEBIT_MESSAGE'), 0),
    coalesce((SELECT sum(t.amount) FROM kloyst.transaction t
              WHERE t.vendor_id = $1::uuid AND t.campaign_id = c.id AND t.type = 'REFUND'), 0),
    b.deferred, b.cancelled, c.retried, c.blocked, c.opted_out
FROM kloyst.campaign c
CROSS JOIN LATERAL (
    SELECT coalesce(sum(unknown), 0) AS unknown, coalesce(sum(sent), 0) AS sent, coalesce(sum(delivered), 0) AS delivered,
        coalesce(sum(read), 0) AS read, coalesce(sum(failed), 0) AS failed, coalesce(sum(accepted), 0) AS accepted,
        coalesce(sum(deferred), 0) AS deferred, coalesce(sum(cancelled), 0) AS cancelled
    FROM kloyst.batch WHERE vendor_id = $1::uuid AND campaign_id = c.id
) b
WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid
