-- The campaign $2 is looked at again when the next lease of its halted batches runs out, of those that had not at $3. Its row is
-- locked, so that nobody pauses or resumes it meanwhile.
UPDATE kloyst.lane l SET recover_at = (
    SELECT min(b.leased_until) + interval '1 millisecond' FROM kloyst.batch b
    WHERE b.vendor_id = $1::uuid AND b.campaign_id = $2::uuid AND b.halted AND b.status = 'LEASED'
        AND b.leased_until >= $3::timestamptz)
WHERE l.vendor_id = $1::uuid AND l.campaign_id = $2::uuid
