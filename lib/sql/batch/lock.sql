-- Claims lock the batch before the wallet; so do results, or the two could wait for each other. The next statement of the
-- transaction sees what whoever was waited for has written.
SELECT no FROM kloyst.batch WHERE vendor_id = $1::uuid AND campaign_id = $2::uuid AND no = $3::int4 FOR NO KEY UPDATE
