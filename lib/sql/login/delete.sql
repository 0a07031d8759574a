DELETE FROM kloyst.login_directory WHERE email = $1::text AND vendor_id = $2::uuid AND user_id = $3::uuid
