-- As a number it sorts faster than as text.
INSERT INTO pg_temp.kloyst_import_contact (ordinal, mobile, attributes)
SELECT row_number() OVER (), mobile, attributes
FROM (SELECT DISTINCT ON (mobile) mobile, attributes FROM pg_temp.kloyst_import_row ORDER BY mobile, line DESC) AS last
