-- Closes what refusals of the vendor $1's own access opened for the WABA of its account $2: those with a code between one of $3 and
-- of $4. For the platform role.
DELETE FROM kloyst.breaker b USING kloyst.waba_directory d
WHERE d.vendor_id = $1::uuid AND d.waba_account_id = $2::uuid
    AND b.vendor_id = $1::uuid AND b.scope = 'WABA' AND b.subject = d.waba_id
    AND EXISTS (SELECT FROM unnest($3::int4[], $4::int4[]) AS x (first, last) WHERE b.code BETWEEN x.first AND x.last)
