SELECT count(*) FROM kloyst.contact WHERE vendor_id = $1::uuid
