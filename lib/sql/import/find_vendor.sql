-- The lock keeps the vendor from being removed while the file is read.
SELECT id FROM kloyst.vendor WHERE id = $1::uuid FOR KEY SHARE
