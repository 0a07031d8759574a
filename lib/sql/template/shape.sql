-- The template $3 in language $4 of the account $2, as messages are checked against it; whether the account has any. No row: no such
-- account.
SELECT t.id, t.status, t.parameter_format, t.places, t.names, t.unsupported,
    t.id IS NOT NULL OR EXISTS (SELECT FROM kloyst.template o WHERE o.vendor_id = $1::uuid AND o.waba_id = a.waba_id)
FROM kloyst.waba_account a
LEFT JOIN kloyst.template t ON t.vendor_id = $1::uuid AND t.waba_id = a.waba_id AND t.name = $3::text COLLATE "C"
    AND t.language = $4::text COLLATE "C"
WHERE a.vendor_id = $1::uuid AND a.id = $2::uuid
