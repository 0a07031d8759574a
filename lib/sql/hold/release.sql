-- Frees what is left of a hold. Answers what was freed and whether the hold may be released at all; no row: no hold.
-- The hold is locked first, then the wallet, as by those who capture from it.
WITH target AS (
    SELECT campaign.status IS NULL OR campaign.status IN ('COMPLETED', 'FAILED') AS free
    FROM kloyst.hold LEFT JOIN kloyst.campaign ON campaign.vendor_id = $1::uuid AND campaign.id = hold.campaign_id
    WHERE hold.vendor_id = $1::uuid AND hold.id = $2::uuid
), locked AS (
    SELECT id, amount - captured - released AS freed FROM kloyst.hold
    WHERE vendor_id = $1::uuid AND id = $2::uuid AND EXISTS (SELECT FROM target WHERE free) FOR NO KEY UPDATE
), released AS (
    UPDATE kloyst.hold SET released = released + locked.freed, updated_at = now() FROM locked
    WHERE vendor_id = $1::uuid AND hold.id = locked.id AND locked.freed > 0 RETURNING locked.freed
), changed AS (
    UPDATE kloyst.wallet SET held = held - released.freed, updated_at = greatest(updated_at, now()) FROM released
    WHERE vendor_id = $1::uuid RETURNING released.freed
)
SELECT coalesce((SELECT freed FROM changed), 0), free FROM target
