-- Bodies received from $1 (NULL: the first) to before $2 (NULL: the last) that were folded wait again.
UPDATE kloyst.webhook_inbox SET folded_at = NULL, leased_until = NULL, replayed = true
WHERE folded_at IS NOT NULL AND ($1::timestamptz IS NULL OR received_at >= $1::timestamptz)
    AND ($2::timestamptz IS NULL OR received_at < $2::timestamptz)
