-- Messages of batches that were never leased get the price of category $3; one for which there is none keeps its own.
WITH card AS MATERIALIZED (
    SELECT kloyst.rates_of($1::uuid, $3::kloyst.template_category, now()) AS rates
)
UPDATE kloyst.recipient r SET price = coalesce(kloyst.price_of(card.rates, r.mobile), r.price)
FROM kloyst.batch b, card
WHERE b.vendor_id = $1::uuid AND b.campaign_id = $2::uuid AND b.status = 'QUEUED' AND b.leases = 0 AND b.debit_id IS NULL
    AND b.cancelled = 0 AND r.vendor_id = $1::uuid AND r.id BETWEEN b.first_message_id AND b.last_message_id
