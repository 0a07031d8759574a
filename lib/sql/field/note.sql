INSERT INTO kloyst.webhook_change AS c (subject, at, digest) VALUES ($1::bytea, $2::timestamptz, $3::bytea)
ON CONFLICT (subject) DO UPDATE SET at = excluded.at, digest = excluded.digest WHERE excluded.at >= c.at
