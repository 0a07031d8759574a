COPY pg_temp.kloyst_import_row (mobile, line, attributes) FROM STDIN (FORMAT binary)
