-- Nobody else changes the campaign until this transaction ends. The last columns: whether it is marketing (so is what nobody
-- said), the prices of the rate card if it is priced by that, and the messages that there are.
SELECT status, price, parameter_attributes, parameter_fallbacks, audience, coalesce(category, 'MARKETING') = 'MARKETING',
    CASE WHEN price_by_rate_card THEN kloyst.rates_of(vendor_id, coalesce(category, 'MARKETING'), now()) END::text, first_message_id, batches
FROM kloyst.campaign WHERE vendor_id = $1::uuid AND id = $2::uuid FOR NO KEY UPDATE
