INSERT INTO kloyst.event (vendor_id, kind, subject, detail)
VALUES ($1::uuid, ($2::text)::kloyst.event_kind, left($3::text, 600), left($4::text, 600))
