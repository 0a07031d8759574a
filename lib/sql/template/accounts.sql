-- The accounts that the template $2 is for, and the open breaker of the template in each, if there is one.
SELECT a.id, t.name, t.language, t.status, t.reason, n.id
FROM kloyst.template t
JOIN kloyst.waba_account a ON a.vendor_id = $1::uuid AND a.waba_id = t.waba_id
LEFT JOIN kloyst.breaker_note n ON n.vendor_id = $1::uuid AND n.waba_account_id = a.id AND n.template_name = t.name
    AND n.template_language = t.language
WHERE t.vendor_id = $1::uuid AND t.id = $2::uuid
ORDER BY a.id
