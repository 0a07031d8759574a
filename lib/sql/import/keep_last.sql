-- As a number it sorts faster than as text.
INSERT INTO pg_temp.kloyst_import_contact (ordinal, mobile, attributes, plain)
SELECT row_number() OVER (), mobile, attributes, plain
FROM (SELECT DISTINCT ON (mobile) mobile, attributes, plain FROM pg_temp.kloyst_import_row ORDER BY mobile, line DESC) AS last
