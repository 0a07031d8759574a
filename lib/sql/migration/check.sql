-- $1 numbers, $2 texts of the migrations built in: the newest number applied, how many of ours are applied, and the
-- first of them that was applied as another text (NULL: none).
SELECT (SELECT coalesce(max(number), 0) FROM kloyst.migration),
       count(m.number)::int4,
       min(m.number) FILTER (WHERE m.checksum <> sha256(convert_to(ours.text, 'UTF8')))
FROM unnest($1::int4[], $2::text[]) AS ours(number, text)
LEFT JOIN kloyst.migration m USING (number)
