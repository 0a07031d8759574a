-- Lanes with work that is due, by key and after the key $2 $3 $4; of the vendor $1 unless that is NULL. Lanes of a number or WABA
-- that Meta has refused to go on with are not among them. For the platform role.
SELECT l.vendor_id, l.waba_account_id, l.campaign_id, l.phone_number_id, l.weight
FROM kloyst.lane l
WHERE ($1::uuid IS NULL OR l.vendor_id = $1::uuid) AND l.next_at <= now()
    AND (l.vendor_id, l.waba_account_id, l.campaign_id) > ($2::uuid, $3::uuid, $4::uuid)
    AND NOT EXISTS (SELECT FROM kloyst.breaker b
        WHERE b.phone_number_id = l.phone_number_id AND coalesce(b.resumes_at > now(), true)
            AND (b.vendor_id = l.vendor_id OR b.vendor_id = '00000000-0000-0000-0000-000000000000'))
    AND NOT EXISTS (SELECT FROM kloyst.breaker b JOIN kloyst.waba_directory d ON d.waba_id = b.subject
        WHERE b.scope = 'WABA' AND b.phone_number_id = '' AND coalesce(b.resumes_at > now(), true)
            AND (b.vendor_id = d.vendor_id OR b.vendor_id = '00000000-0000-0000-0000-000000000000')
            AND d.phone_number_id = l.phone_number_id AND d.vendor_id = l.vendor_id)
ORDER BY l.vendor_id, l.waba_account_id, l.campaign_id
LIMIT $5::int4
