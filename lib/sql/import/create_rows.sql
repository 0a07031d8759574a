-- Rows of the file, in its order: COPY is refused on tables with row-level security.
CREATE TEMPORARY TABLE kloyst_import_row (mobile bigint NOT NULL, line bigint NOT NULL, attributes jsonb NOT NULL, plain boolean NOT NULL)
ON COMMIT DROP
