-- Sets $3 aside. `taken` is false when it is not available; then nothing was changed.
WITH taken AS (
    UPDATE kloyst.wallet SET held = held + $3::numeric, updated_at = greatest(updated_at, now())
    WHERE vendor_id = $1::uuid AND balance - held >= $3::numeric
    RETURNING id
), kept AS (
    INSERT INTO kloyst.hold (vendor_id, id, wallet_id, campaign_id, amount, reference)
    SELECT $1::uuid, $4::uuid, taken.id, $2::uuid, $3::numeric, $2::uuid::text FROM taken
    RETURNING id
)
SELECT EXISTS (SELECT FROM kept), balance - held FROM kloyst.wallet WHERE vendor_id = $1::uuid
