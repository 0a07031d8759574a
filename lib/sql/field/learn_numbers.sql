-- How Meta shows the numbers $1.
UPDATE kloyst.waba_directory d SET display_phone_number = x.shown
FROM unnest($1::text[], $2::text[]) AS x (phone_number_id, shown)
WHERE d.phone_number_id = x.phone_number_id AND d.display_phone_number IS DISTINCT FROM x.shown
