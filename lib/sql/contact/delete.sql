DELETE FROM kloyst.contact WHERE vendor_id = $1::uuid AND id = $2::uuid
