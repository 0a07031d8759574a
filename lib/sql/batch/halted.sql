-- A batch that is still leased under $4 and could not be started is halted, or outside its campaign's hours.
SELECT CASE WHEN b.halted THEN c.status::text ELSE 'outside its hours' END FROM kloyst.batch b JOIN kloyst.campaign c ON c.vendor_id = $1::uuid AND c.id = b.campaign_id
WHERE b.vendor_id = $1::uuid AND b.campaign_id = $2::uuid AND b.no = $3::int4 AND b.lease_token = $4::uuid
