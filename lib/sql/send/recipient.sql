-- $3 contact; NULL: the one that has the number or user id $4 by now. $6 what pays for it.
INSERT INTO kloyst.recipient (vendor_id, id, contact_id, mobile, price, parameters, debit_id)
SELECT $1::uuid, $2::uuid,
    coalesce($3::uuid, (SELECT c.id FROM kloyst.contact c
                        WHERE c.vendor_id = $1::uuid AND (c.mobile = $4::text OR c.bsuid = $4::text) LIMIT 1)),
    $4::text, $5::numeric, '{}', $6::uuid
RETURNING contact_id
