-- Of the recipients with ids from $2 to $3 the last id, and, if $4, what they cost together.
SELECT (SELECT id FROM kloyst.recipient WHERE vendor_id = $1::uuid AND id BETWEEN $2::uuid AND $3::uuid ORDER BY id DESC LIMIT 1),
    CASE WHEN $4::bool THEN (SELECT sum(price) FROM kloyst.recipient WHERE vendor_id = $1::uuid AND id BETWEEN $2::uuid AND $3::uuid) END
