INSERT INTO kloyst.migration (number, name, checksum) VALUES ($1::int4, $2::text, sha256($3::bytea))
