-- WhatsApp's own opt-out or opt-in of the user with the number $4, the user id $5 or both: evidence with the id $2 unless it is
-- there already. Who is no contact becomes one ($3), so that a later import does not forget it.
SELECT kloyst.consent_record($1::uuid, ARRAY[$2::uuid], ARRAY[kloyst.contact_meet($1::uuid, $3::uuid, $4::text, $5::text)],
    ARRAY[$6::text], ARRAY['PREFERENCE'], ARRAY[$7::timestamptz], ARRAY[coalesce($4::text, $5::text)], ARRAY[NULL::uuid],
    ARRAY[left($8::text, 500)])
WHERE NOT EXISTS (SELECT FROM kloyst.consent_event WHERE vendor_id = $1::uuid AND id = $2::uuid)
