-- Whether the breaker $2 is open and stops every vendor of a number or WABA that $1 sends from. For the platform role.
SELECT EXISTS (SELECT FROM kloyst.breaker b JOIN kloyst.waba_directory d ON d.vendor_id = $1::uuid
    WHERE b.id = $2::uuid AND b.vendor_id = '00000000-0000-0000-0000-000000000000'
        AND CASE b.phone_number_id WHEN '' THEN d.waba_id = b.subject ELSE d.phone_number_id = b.phone_number_id END)
