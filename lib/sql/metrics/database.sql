-- What is of the whole database: bodies that wait for their fold and the age of the oldest in microseconds, lanes, open
-- breakers. For the platform role.
SELECT (SELECT count(*) FROM (SELECT FROM kloyst.webhook_inbox WHERE folded_at IS NULL LIMIT $1::int4) waiting),
    coalesce((SELECT (extract(epoch FROM greatest(clock_timestamp() - received_at, interval '0')) * 1000000)::int8
              FROM kloyst.webhook_inbox WHERE folded_at IS NULL ORDER BY id LIMIT 1), 0),
    (SELECT count(*) FROM kloyst.lane),
    (SELECT count(*) FROM kloyst.breaker WHERE coalesce(resumes_at > now(), true))
