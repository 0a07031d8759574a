-- Row-level security and privileges. One permissive policy lets a vendor see its rows, one restrictive policy
-- keeps any later permissive policy from widening that. Policies hold no subquery: a distributed database refuses it.
-- Rows that are written are compared one by one, as text: to read a uuid for each of them would be a sixth of the cost of writing it.
SET LOCAL ROLE kloyst_owner;

DO $$
DECLARE
    tenant_table text;
    mine text := 'vendor_id = nullif(current_setting(''kloyst.vendor_id'', true), '''')::uuid';
    written text := 'vendor_id::text = current_setting(''kloyst.vendor_id'', true)';
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['user', 'waba_account', 'contact', 'wallet', 'transaction', 'hold', 'hold_capture',
                                        'refund_total', 'campaign', 'recipient', 'batch', 'lane', 'message_log', 'message_refund']
    LOOP
        EXECUTE format('ALTER TABLE kloyst.%I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE kloyst.%I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY tenant ON kloyst.%I TO kloyst_app USING (%s) WITH CHECK (%s)', tenant_table, mine, written);
        EXECUTE format('CREATE POLICY tenant_only ON kloyst.%I AS RESTRICTIVE TO kloyst_app USING (%s) WITH CHECK (%s)',
                       tenant_table, mine, written);
        EXECUTE format('GRANT SELECT, INSERT ON kloyst.%I TO kloyst_app', tenant_table);
    END LOOP;
END
$$;

ALTER TABLE kloyst.vendor ENABLE ROW LEVEL SECURITY;
ALTER TABLE kloyst.vendor FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON kloyst.vendor TO kloyst_app
    USING (id = nullif(current_setting('kloyst.vendor_id', true), '')::uuid)
    WITH CHECK (id = nullif(current_setting('kloyst.vendor_id', true), '')::uuid);
CREATE POLICY tenant_only ON kloyst.vendor AS RESTRICTIVE TO kloyst_app
    USING (id = nullif(current_setting('kloyst.vendor_id', true), '')::uuid)
    WITH CHECK (id = nullif(current_setting('kloyst.vendor_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON kloyst.vendor TO kloyst_app;

-- What may be changed or removed; the ledger and the refunds of messages may not.
GRANT UPDATE, DELETE ON kloyst."user", kloyst.waba_account, kloyst.contact, kloyst.wallet, kloyst.campaign,
    kloyst.recipient, kloyst.batch, kloyst.lane TO kloyst_app;
GRANT UPDATE ON kloyst.message_log TO kloyst_app;
-- The amounts that bound captures and refunds are not among what may be changed.
GRANT UPDATE (captured, released, updated_at) ON kloyst.hold TO kloyst_app;
GRANT UPDATE (refunded) ON kloyst.refund_total TO kloyst_app;

-- The platform role: listing vendors, finding work, the directories and the inbox.
CREATE POLICY platform_read ON kloyst.vendor FOR SELECT TO kloyst_platform USING (true);
CREATE POLICY platform_read ON kloyst.lane FOR SELECT TO kloyst_platform USING (true);
GRANT SELECT ON kloyst.vendor, kloyst.lane TO kloyst_platform;
GRANT SELECT, INSERT, UPDATE, DELETE ON kloyst.login_directory, kloyst.waba_directory TO kloyst_platform;
GRANT SELECT, INSERT, UPDATE, DELETE ON kloyst.webhook_inbox, kloyst.webhook_set_aside TO kloyst_platform;

-- Table types as row types and helper functions must not be open to everybody on the server.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA kloyst FROM PUBLIC;
GRANT EXECUTE ON FUNCTION kloyst.json_merge_patch(jsonb, jsonb), kloyst.attributes_are_plain(jsonb) TO kloyst_app;
GRANT EXECUTE ON FUNCTION kloyst.ledger_hash(bytea, uuid, uuid, bigint, uuid, kloyst.transaction_type, numeric, numeric,
    text, text, uuid, uuid, int, bigint) TO kloyst_app;
