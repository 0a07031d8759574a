COPY pg_temp.kloyst_import_row (mobile, line, attributes, plain) FROM STDIN (FORMAT binary)
