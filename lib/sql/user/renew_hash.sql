-- Only the hash that was verified: a password set meanwhile must not be undone.
UPDATE kloyst."user" SET password_hash = $4::text
WHERE vendor_id = $1::uuid AND id = $2::uuid AND password_hash = $3::text
