-- Which of the users $3, by their place there from 0 on, the number $2 may write to freely for ten seconds more at least: under that
-- name or the other one of their contact.
SELECT (x.n - 1)::int4
FROM unnest($3::text[]) WITH ORDINALITY AS x (recipient, n)
WHERE EXISTS (
    SELECT FROM kloyst.conversation_window w
    WHERE w.vendor_id = $1::uuid AND w.phone_number_id = $2::text AND w.open_until > now() + interval '10 seconds'
        AND w.recipient IN (x.recipient,
            (SELECT c.bsuid FROM kloyst.contact c WHERE c.vendor_id = $1::uuid AND c.mobile = x.recipient LIMIT 1),
            (SELECT c.mobile FROM kloyst.contact c WHERE c.vendor_id = $1::uuid AND c.bsuid = x.recipient LIMIT 1)))
