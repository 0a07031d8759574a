-- One row a number: the last of the file.
CREATE TEMPORARY TABLE kloyst_import_contact (ordinal bigint NOT NULL, mobile text COLLATE "C" NOT NULL,
    attributes jsonb NOT NULL, plain boolean NOT NULL)
ON COMMIT DROP
