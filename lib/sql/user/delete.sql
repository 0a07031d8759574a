DELETE FROM kloyst."user" WHERE vendor_id = $1::uuid AND id = $2::uuid
