-- No row: no such vendor; NULL: no price.
SELECT kloyst.price_of(card.rates, $4::text)
FROM (SELECT kloyst.rates_of($1::uuid, $2::kloyst.template_category, $3::timestamptz) AS rates OFFSET 0) card
WHERE EXISTS (SELECT FROM kloyst.vendor WHERE id = $1::uuid)
