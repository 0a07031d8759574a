-- What a server tells anybody who may log in.
SELECT current_setting('server_version_num')::int4 AS version,
       (extract(epoch FROM clock_timestamp()) * 1000000)::int8 AS clock,
       session_user::text AS login,
       r.rolsuper AS superuser,
       r.rolbypassrls AS bypasses,
       pg_has_role(session_user, 'kloyst_owner', 'MEMBER') AS owns,
       pg_encoding_to_char(d.encoding)::text AS encoding,
       age(d.datfrozenxid)::int8 AS xid_age,
       current_setting('fsync') = 'on' AS fsync,
       current_setting('full_page_writes') = 'on' AS full_page_writes,
       current_setting('synchronous_commit') <> 'off' AS synchronous,
       current_setting('autovacuum') = 'on' AS autovacuum,
       current_setting('data_checksums') = 'on' AS checksums,
       inet_client_addr() IS NULL OR inet_client_addr() <<= '127.0.0.0/8' OR inet_client_addr() = '::1' AS local,
       coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted,
       (SELECT count(*) FROM pg_prepared_xacts WHERE prepared < now() - interval '1 hour')::int8 AS forgotten
FROM pg_roles r, pg_database d
WHERE r.rolname = session_user AND d.datname = current_database()
