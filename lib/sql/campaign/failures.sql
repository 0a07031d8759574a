-- How many of the campaign's messages are in state FAILED, by error code, the most frequent first. One row of NULLs of a
-- campaign without any; none of one that does not exist.
SELECT f.code, f.messages
FROM kloyst.campaign c
LEFT JOIN LATERAL (
    SELECT code, sum(messages) AS messages FROM kloyst.campaign_failure
    WHERE vendor_id = $1::uuid AND campaign_id = c.id
    GROUP BY code HAVING sum(messages) > 0
) f ON true
WHERE c.vendor_id = $1::uuid AND c.id = $2::uuid
ORDER BY f.messages DESC, f.code
