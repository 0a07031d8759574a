-- The first halted batch of the campaign $2 behind number $3 whose worker's lease had run out at $4 with messages started: what its
-- worker had it has nobody now, and halted it is not claimed.
SELECT no, first_message_id, started FROM kloyst.batch
WHERE vendor_id = $1::uuid AND campaign_id = $2::uuid AND no > $3::int4 AND halted AND status = 'LEASED' AND started > 0
    AND leased_until < $4::timestamptz
ORDER BY no LIMIT 1 FOR NO KEY UPDATE
