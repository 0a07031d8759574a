-- Lets the lane of the account $2's queue rest until something in it is due, a lease runs out or a message is to be settled;
-- the lane of an empty queue goes. The lane is locked already.
WITH next AS (
    SELECT least(
            (SELECT min(coalesce(q.leased_until, q.due_at)) FROM kloyst.message_queue q
             WHERE q.vendor_id = $1::uuid AND q.waba_account_id = $2::uuid AND q.single AND q.settle_at IS NULL
                 AND q.due_at <= now()),
            (SELECT min(coalesce(q.leased_until, q.due_at)) FROM kloyst.message_queue q
             WHERE q.vendor_id = $1::uuid AND q.waba_account_id = $2::uuid AND NOT q.single AND q.settle_at IS NULL
                 AND q.due_at <= now()),
            (SELECT q.due_at FROM kloyst.message_queue q
             WHERE q.vendor_id = $1::uuid AND q.waba_account_id = $2::uuid AND q.single AND q.settle_at IS NULL
                 AND q.due_at > now()
             ORDER BY q.due_at LIMIT 1),
            (SELECT q.due_at FROM kloyst.message_queue q
             WHERE q.vendor_id = $1::uuid AND q.waba_account_id = $2::uuid AND NOT q.single AND q.settle_at IS NULL
                 AND q.due_at > now()
             ORDER BY q.due_at LIMIT 1)) AS due_at,
        (SELECT min(q.settle_at) FROM kloyst.message_queue q
         WHERE q.vendor_id = $1::uuid AND q.waba_account_id = $2::uuid AND q.settle_at IS NOT NULL) AS settle_at
), gone AS (
    DELETE FROM kloyst.lane l USING next n
    WHERE l.vendor_id = $1::uuid AND l.waba_account_id = $2::uuid
        AND l.campaign_id = '00000000-0000-0000-0000-000000000000' AND n.due_at IS NULL AND n.settle_at IS NULL
)
UPDATE kloyst.lane l SET next_at = coalesce(n.due_at, 'infinity'), settle_at = n.settle_at FROM next n
WHERE l.vendor_id = $1::uuid AND l.waba_account_id = $2::uuid
    AND l.campaign_id = '00000000-0000-0000-0000-000000000000' AND coalesce(n.due_at, n.settle_at) IS NOT NULL
