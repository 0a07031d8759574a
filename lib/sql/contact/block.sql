-- Blocks ($3) or unblocks a contact; a contact that is so already keeps its time.
UPDATE kloyst.contact SET blocked_at = CASE WHEN $3::boolean THEN coalesce(blocked_at, now()) END, updated_at = now()
WHERE vendor_id = $1::uuid AND id = coalesce((
    SELECT into_id FROM kloyst.contact_merge WHERE vendor_id = $1::uuid AND contact_id = $2::uuid), $2::uuid)
