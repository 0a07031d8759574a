-- Whether this change of the subject $1, or a later one, was heard before.
SELECT EXISTS (
    SELECT FROM kloyst.webhook_change c
    WHERE c.subject = $1::bytea AND (c.at > $2::timestamptz OR (c.at = $2::timestamptz AND c.digest = $3::bytea)))
