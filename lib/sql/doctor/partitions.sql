SELECT c.relname::text, (SELECT count(*) FROM pg_inherits i WHERE i.inhparent = c.oid)::int8
FROM pg_class c WHERE c.relnamespace = 'kloyst'::regnamespace AND c.relkind = 'p' ORDER BY c.relname
