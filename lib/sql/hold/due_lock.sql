-- Whoever makes a hold of the vendor $1 at this moment is waited for here, and seen by the next statement. For the platform role.
SELECT 1 FROM kloyst.hold_due WHERE vendor_id = $1::uuid FOR UPDATE
