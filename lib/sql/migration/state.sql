-- $1 number, $2 text: whether it was applied, whether as this very text, and the newest number applied.
SELECT EXISTS (SELECT FROM kloyst.migration WHERE number = $1::int4),
       EXISTS (SELECT FROM kloyst.migration WHERE number = $1::int4 AND checksum = sha256($2::bytea)),
       (SELECT coalesce(max(number), 0) FROM kloyst.migration)
