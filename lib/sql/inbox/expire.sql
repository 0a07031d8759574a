-- Of the items $1 those whose time is over: statuses are of another system, and are removed and counted by number; messages from
-- users are kept for a person. Its row: how many were removed.
WITH gone AS (
    DELETE FROM kloyst.webhook_set_aside WHERE id = ANY ($1::int8[]) AND expires_at <= now() AND NOT is_message
    RETURNING phone_number_id
), counted AS (
    INSERT INTO kloyst.webhook_foreign AS f (phone_number_id, day, items)
    SELECT phone_number_id, (now() AT TIME ZONE 'UTC')::date, count(*) FROM gone GROUP BY 1 ORDER BY 1
    ON CONFLICT (phone_number_id, day) DO UPDATE SET items = f.items + excluded.items
), kept AS (
    UPDATE kloyst.webhook_set_aside SET next_at = NULL, expires_at = NULL
    WHERE id = ANY ($1::int8[]) AND expires_at <= now() AND is_message
)
SELECT count(*) FROM gone
