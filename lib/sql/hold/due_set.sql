-- The next hold of the vendor $1 expires at $2, NULL: none does. For the platform role.
WITH gone AS (
    DELETE FROM kloyst.hold_due WHERE vendor_id = $1::uuid AND $2::timestamptz IS NULL
)
UPDATE kloyst.hold_due SET next_at = $2::timestamptz WHERE vendor_id = $1::uuid AND $2::timestamptz IS NOT NULL
