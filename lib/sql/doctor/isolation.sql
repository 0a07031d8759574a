-- The isolation rules of the schema, as one query over the catalogs: one line for each violation, NULL for none.
-- A table is a tenant table unless it is named here, so a new table has to keep the rules or be argued for.
WITH platform_table (name) AS (
    VALUES ('migration'), ('login_directory'), ('waba_directory'), ('webhook_inbox'), ('webhook_set_aside'),
           ('webhook_route'), ('webhook_foreign'), ('webhook_change'),
           ('order_directory'), ('razorpay_inbox'), ('razorpay_item'), ('rate'), ('breaker'), ('hold_due'),
           ('portfolio'), ('portfolio_user'), ('sending_number'), ('sending_slot')
), kloyst AS (
    SELECT oid, nspacl FROM pg_namespace WHERE nspname = 'kloyst'
), app AS (
    SELECT oid FROM pg_roles WHERE rolname = 'kloyst_app'
), platform AS (
    SELECT oid FROM pg_roles WHERE rolname = 'kloyst_platform'
), owner AS (
    SELECT oid FROM pg_roles WHERE rolname = 'kloyst_owner'
), relation AS (
    SELECT c.* FROM pg_class c WHERE c.relnamespace = (SELECT oid FROM kloyst)
), tenant_table AS (
    -- "lead" is the column that says whose row it is.
    SELECT r.*, CASE r.relname WHEN 'vendor' THEN 'id' ELSE 'vendor_id' END::name AS lead
    FROM relation r WHERE r.relkind IN ('r', 'p') AND r.relname NOT IN (SELECT name FROM platform_table)
), policy AS (
    SELECT t.relname, t.lead, p.polname, p.polcmd, p.polpermissive, p.polroles,
           pg_get_expr(p.polqual, p.polrelid) AS qual, pg_get_expr(p.polwithcheck, p.polrelid) AS "check",
           '(' || t.lead || ' = (NULLIF(current_setting(''kloyst.vendor_id''::text, true), ''''::text))::uuid)' AS mine,
           '((' || t.lead || ')::text = current_setting(''kloyst.vendor_id''::text, true))' AS written
    FROM tenant_table t JOIN pg_policy p ON p.polrelid = t.oid
), leading_column AS (
    SELECT t.oid, a.attnum, a.atttypid, a.attnotnull FROM tenant_table t JOIN pg_attribute a ON a.attrelid = t.oid
    WHERE a.attname = t.lead
), granted AS (
    SELECT r.relname AS object, g.grantee, g.privilege_type FROM relation r, aclexplode(r.relacl) g
    UNION ALL
    SELECT r.relname || '.' || a.attname, g.grantee, g.privilege_type
    FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid, aclexplode(a.attacl) g
    UNION ALL
    SELECT p.proname || '()', g.grantee, g.privilege_type
    FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
    WHERE p.pronamespace = (SELECT oid FROM kloyst)
    UNION ALL
    SELECT 'schema kloyst', g.grantee, g.privilege_type FROM kloyst k, aclexplode(k.nspacl) g
    UNION ALL
    SELECT 'default privileges', g.grantee, g.privilege_type FROM pg_default_acl d, aclexplode(d.defaclacl) g
), violation (rule, object) AS (
    SELECT 'tenant column is not a uuid that is never null', t.relname::text FROM tenant_table t
    LEFT JOIN leading_column l ON l.oid = t.oid WHERE l.atttypid IS DISTINCT FROM 'uuid'::regtype OR NOT l.attnotnull

    UNION ALL SELECT 'row security is not enabled', relname FROM tenant_table WHERE NOT relrowsecurity
    UNION ALL SELECT 'row security is not forced', relname FROM tenant_table WHERE NOT relforcerowsecurity
    UNION ALL SELECT 'no ' || kind || ' tenant policy', t.relname
    FROM tenant_table t, (VALUES ('permissive', true), ('restrictive', false)) AS wanted (kind, permissive)
    WHERE NOT EXISTS (SELECT FROM policy p WHERE p.relname = t.relname AND p.polpermissive = permissive
                      AND p.polcmd = '*' AND (SELECT oid FROM app) = ANY (p.polroles)
                      AND p.qual = p.mine AND p."check" IN (p.mine, p.written))
    UNION ALL SELECT 'policy does not compare the tenant', relname || '.' || polname FROM policy
    WHERE (qual IS DISTINCT FROM mine OR ("check" IN (mine, written)) IS NOT TRUE)
      AND NOT (relname IN ('vendor', 'lane') AND polcmd = 'r' AND polroles = ARRAY[(SELECT oid FROM platform)])
    UNION ALL SELECT 'policy is for other roles', relname || '.' || polname FROM policy
    WHERE NOT polroles <@ ARRAY[(SELECT oid FROM app), (SELECT oid FROM platform)]

    UNION ALL SELECT 'key does not lead with the tenant', t.relname || '.' || c.conname
    FROM tenant_table t JOIN leading_column l ON l.oid = t.oid JOIN pg_constraint c ON c.conrelid = t.oid
    WHERE c.contype IN ('p', 'u', 'f', 'x') AND c.conkey[1] <> l.attnum
    UNION ALL SELECT 'foreign key does not refer to the tenant', t.relname || '.' || c.conname
    FROM tenant_table t JOIN pg_constraint c ON c.conrelid = t.oid LEFT JOIN leading_column l ON l.oid = c.confrelid
    WHERE c.contype = 'f' AND c.confkey[1] IS DISTINCT FROM l.attnum
    UNION ALL SELECT 'foreign key changes rows by itself', c.conrelid::regclass || '.' || c.conname
    FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = (SELECT oid FROM kloyst)
      AND (c.confdeltype NOT IN ('a', 'r') OR c.confupdtype NOT IN ('a', 'r'))
    UNION ALL SELECT 'foreign key from outside the tenant tables', c.conrelid::regclass || '.' || c.conname
    FROM pg_constraint c JOIN tenant_table t ON t.oid = c.confrelid
    WHERE c.contype = 'f' AND c.conrelid NOT IN (SELECT oid FROM tenant_table)
    UNION ALL SELECT 'index does not lead with the tenant', t.relname || '.' || i.indexrelid::regclass
    FROM tenant_table t JOIN leading_column l ON l.oid = t.oid JOIN pg_index i ON i.indrelid = t.oid
    WHERE i.indkey[0] <> l.attnum
      -- A hash index has one column. It is not unique, so it tells nobody of others' wamids; rows of others are filtered as anywhere.
      AND i.indexrelid IS DISTINCT FROM to_regclass('kloyst.message_log_wamid')
    UNION ALL SELECT 'sequence tells how many rows others have', t.relname || '.' || a.attname
    FROM tenant_table t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0
    LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
    WHERE a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval(%'

    UNION ALL SELECT 'kind of relation that row security does not cover', relname FROM relation
    WHERE relkind IN ('m', 'f')
    UNION ALL SELECT 'not owned by kloyst_owner', relname FROM relation
    WHERE relname <> 'migration' AND relkind IN ('r', 'p', 'v', 'S') AND relowner <> (SELECT oid FROM owner)
    UNION ALL SELECT 'view runs with its owner''s rights', relname FROM relation
    WHERE relkind = 'v' AND NOT coalesce(reloptions, '{}') && ARRAY['security_invoker=true', 'security_invoker=on']
    UNION ALL SELECT 'rule rewrites statements', r.relname || '.' || w.rulename
    FROM relation r JOIN pg_rewrite w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN'
    -- A view or function elsewhere that reads tenant tables with a superuser's rights is as bad as one in the schema.
    UNION ALL SELECT 'view outside the schema reads it', w.ev_class::regclass::text
    FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
    JOIN tenant_table t ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid
    JOIN pg_class v ON v.oid = w.ev_class WHERE v.relnamespace <> (SELECT oid FROM kloyst)

    UNION ALL SELECT 'function not owned by kloyst_owner', proname FROM pg_proc
    WHERE pronamespace = (SELECT oid FROM kloyst) AND proowner <> (SELECT oid FROM owner)
    UNION ALL SELECT 'function runs with its owner''s rights', proname FROM pg_proc
    WHERE prosecdef AND pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    UNION ALL SELECT 'function claims to be leakproof', proname FROM pg_proc
    WHERE pronamespace = (SELECT oid FROM kloyst) AND proleakproof
    UNION ALL SELECT 'function without a fixed search_path', p.proname
    FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
    WHERE p.pronamespace = (SELECT oid FROM kloyst)
      AND NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c IN ('search_path=pg_catalog', 'search_path=""'))
      AND NOT (l.lanname = 'sql' AND p.proconfig IS NULL AND p.prokind = 'f'
               AND NOT p.proretset AND p.provolatile = 'i')
      AND p.prosqlbody IS NULL -- its names were looked up when it was made
    UNION ALL SELECT 'trigger calls a function outside the schema', g.tgrelid::regclass || '.' || g.tgname
    FROM pg_trigger g JOIN relation r ON r.oid = g.tgrelid JOIN pg_proc p ON p.oid = g.tgfoid
    WHERE NOT g.tgisinternal AND p.pronamespace <> (SELECT oid FROM kloyst)

    -- Bits of tgtype: 1 for each row, 2 before, 8 DELETE, 16 UPDATE, 32 TRUNCATE.
    UNION ALL SELECT 'ledger does not refuse ' || what, 'transaction'
    FROM (VALUES ('UPDATE', 1 + 2 + 16), ('DELETE', 1 + 2 + 8), ('TRUNCATE', 2 + 32)) AS wanted (what, bits)
    WHERE NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = 'kloyst.transaction'::regclass AND g.tgenabled = 'A'
                      AND g.tgqual IS NULL AND g.tgtype & bits = bits AND g.tgattr = ''
                      AND g.tgfoid = 'kloyst.refuse_change()'::regprocedure)

    UNION ALL SELECT 'role is too powerful', rolname FROM pg_roles
    WHERE rolname IN ('kloyst_app', 'kloyst_platform', 'kloyst_owner')
      AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
    UNION ALL SELECT 'role may log in', rolname FROM pg_roles
    WHERE rolname IN ('kloyst_platform', 'kloyst_owner') AND rolcanlogin
    UNION ALL SELECT 'role inherits', rolname FROM pg_roles WHERE rolname = 'kloyst_app' AND rolinherit
    UNION ALL SELECT 'role is a member of another', m.member::regrole || ' of ' || m.roleid::regrole
    FROM pg_auth_members m
    WHERE m.member IN (SELECT oid FROM app UNION ALL SELECT oid FROM platform UNION ALL SELECT oid FROM owner)
      AND (m.admin_option OR NOT (m.member = (SELECT oid FROM app) AND m.roleid = (SELECT oid FROM platform)))
    UNION ALL SELECT 'role owns something', s.refobjid::regrole || ': ' || s.classid::regclass FROM pg_shdepend s
    WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o'
      AND s.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
      AND s.refobjid IN (SELECT oid FROM app UNION ALL SELECT oid FROM platform)

    UNION ALL SELECT 'PUBLIC may ' || privilege_type, object FROM granted WHERE grantee = 0
    UNION ALL SELECT 'role may ' || privilege_type, object FROM granted
    WHERE grantee IN (SELECT oid FROM app UNION ALL SELECT oid FROM platform)
      AND (privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'CREATE') OR object = 'default privileges')
    UNION ALL SELECT 'application may ' || privilege_type, object FROM granted
    WHERE grantee = (SELECT oid FROM app)
      AND ((split_part(object, '.', 1) IN (SELECT name FROM platform_table)
            -- The platform's price list holds nobody's data.
            AND (object, privilege_type) NOT IN (('migration', 'SELECT'), ('rate', 'SELECT')))
        OR (split_part(object, '.', 1) IN ('transaction', 'message_refund')
            AND privilege_type NOT IN ('SELECT', 'INSERT'))
        OR split_part(object, '.', 1) IN (SELECT relname FROM relation WHERE relkind = 'S'))
    UNION ALL SELECT 'platform may ' || privilege_type, object FROM granted
    WHERE grantee = (SELECT oid FROM platform)
      AND (object, privilege_type) NOT IN (('vendor', 'SELECT'), ('lane', 'SELECT'))
      AND split_part(object, '.', 1) IN (SELECT relname FROM tenant_table)
    UNION ALL SELECT 'unknown role may ' || privilege_type, object || ' to ' || grantee::regrole FROM granted
    WHERE grantee NOT IN (SELECT oid FROM app UNION ALL SELECT oid FROM platform UNION ALL SELECT oid FROM owner
                          UNION ALL SELECT 0)
      AND NOT (SELECT rolsuper FROM pg_roles WHERE oid = grantee)
)
SELECT string_agg(rule || ': ' || object, E'\n' ORDER BY rule, object) FROM violation
