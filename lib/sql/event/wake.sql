-- Wakes readers of the event feed: of the vendors $1, of all with an empty text.
SELECT pg_notify('kloyst_event', x) FROM unnest($1::text[]) AS x
