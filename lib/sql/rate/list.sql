-- Of one category behind ($2, $3), in order of prefix and moment.
SELECT NULL::uuid, category, prefix, effective_from, price FROM kloyst.rate
WHERE category = $1::kloyst.template_category
    AND (prefix, effective_from) > ($2::text COLLATE "C", coalesce($3::timestamptz, '-infinity'))
ORDER BY prefix, effective_from LIMIT $4::int4
