INSERT INTO kloyst.vendor_rate AS r (vendor_id, category, prefix, effective_from, price)
VALUES ($1::uuid, $2::kloyst.template_category, $3::text, $4::timestamptz, $5::numeric)
ON CONFLICT (vendor_id, category, prefix, effective_from) DO UPDATE SET price = excluded.price
    WHERE r.vendor_id = $1::uuid
