DELETE FROM kloyst.event_consumer WHERE vendor_id = $1::uuid AND name = $2::text
