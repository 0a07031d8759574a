-- Of the bodies $1, which were folded again, removes what was set aside and is not any more: all but $2, $3.
DELETE FROM kloyst.webhook_set_aside a
WHERE a.inbox_id = ANY ($1::int8[])
    AND NOT EXISTS (SELECT FROM unnest($2::int8[], $3::int4[]) AS x (inbox_id, ordinal)
                    WHERE x.inbox_id = a.inbox_id AND x.ordinal = a.ordinal)
