-- For the platform role. A rate of the same moment is replaced, whoever asks for it again changes nothing.
INSERT INTO kloyst.rate AS r (category, prefix, effective_from, price)
VALUES ($1::kloyst.template_category, $2::text, $3::timestamptz, $4::numeric)
ON CONFLICT (category, prefix, effective_from) DO UPDATE SET price = excluded.price
