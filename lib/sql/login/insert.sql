INSERT INTO kloyst.login_directory (email, vendor_id, user_id) VALUES ($1::text, $2::uuid, $3::uuid)
