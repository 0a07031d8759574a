-- Of one category behind ($3, $4), in order of prefix and moment.
SELECT vendor_id, category, prefix, effective_from, price FROM kloyst.vendor_rate
WHERE vendor_id = $1::uuid AND category = $2::kloyst.template_category
    AND (prefix, effective_from) > ($3::text COLLATE "C", coalesce($4::timestamptz, '-infinity'))
ORDER BY prefix, effective_from LIMIT $5::int4
