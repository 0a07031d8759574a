-- What the program says of a contact ($2, or what it became): evidence with the id $3. No row: no such contact.
SELECT kloyst.consent_record($1::uuid, ARRAY[$3::uuid], ARRAY[c.id], ARRAY[$4::text], ARRAY['CALL'], ARRAY[now()],
    ARRAY[coalesce(c.mobile, c.bsuid)], ARRAY[NULL::uuid], ARRAY[$5::text])
FROM kloyst.contact c
WHERE c.vendor_id = $1::uuid AND c.id = coalesce((
    SELECT into_id FROM kloyst.contact_merge WHERE vendor_id = $1::uuid AND contact_id = $2::uuid), $2::uuid)
