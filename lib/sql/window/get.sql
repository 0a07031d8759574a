-- Until when the account's number may write freely to the user $3, known by that or by the contact's other name. No row: no such
-- account; NULL: the user never wrote.
SELECT (
    SELECT max(w.open_until) FROM kloyst.conversation_window w
    WHERE w.vendor_id = $1::uuid AND w.phone_number_id = a.phone_number_id
        AND w.recipient IN ($3::text, (SELECT CASE WHEN c.bsuid = $3::text THEN c.mobile ELSE c.bsuid END
                                       FROM kloyst.contact c
                                       WHERE c.vendor_id = $1::uuid AND (c.mobile = $3::text OR c.bsuid = $3::text) LIMIT 1))
)
FROM kloyst.waba_account a WHERE a.vendor_id = $1::uuid AND a.id = $2::uuid
