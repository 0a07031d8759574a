SELECT 1 FROM kloyst.campaign WHERE vendor_id = $1::uuid AND id = $2::uuid
