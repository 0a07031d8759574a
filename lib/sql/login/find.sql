SELECT vendor_id, user_id FROM kloyst.login_directory WHERE email = $1::text
