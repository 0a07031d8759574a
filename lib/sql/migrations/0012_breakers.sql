-- What Meta has refused to go on with: circuit breakers.
SET LOCAL ROLE kloyst_owner;

-- Platform table: senders of all vendors look here before they look for work, so it holds ids and nothing of a tenant's content.
-- A number may serve several vendors: a fact about it stops all of them (the nil UUID as vendor). What may lie in one vendor's own
-- token or templates stops that vendor alone.
CREATE TABLE kloyst.breaker (
    id              uuid PRIMARY KEY, -- made of the four columns below: tripped again, it is the same breaker
    scope           text NOT NULL CHECK (scope IN ('NUMBER', 'WABA', 'TEMPLATE', 'CAMPAIGN')),
    subject         text NOT NULL,    -- number, WABA or campaign by its id; of a template its breaker's id
    vendor_id       uuid NOT NULL,
    phone_number_id text NOT NULL,    -- the number that rests; '' all numbers of the WABA, or none
    code            int NOT NULL,
    opened_at       timestamptz NOT NULL DEFAULT now(),
    resumes_at      timestamptz       -- NULL: by hand
);
CREATE INDEX breaker_vendor ON kloyst.breaker (vendor_id, id);
CREATE INDEX breaker_due ON kloyst.breaker (resumes_at) WHERE resumes_at IS NOT NULL;
CREATE INDEX waba_directory_vendor ON kloyst.waba_directory (vendor_id);
CREATE INDEX waba_directory_waba ON kloyst.waba_directory (waba_id);

-- What a vendor is told about the breakers of its own templates and campaigns.
CREATE TABLE kloyst.breaker_note (
    vendor_id         uuid NOT NULL REFERENCES kloyst.vendor (id),
    id                uuid NOT NULL,
    waba_account_id   uuid, -- the three are a template's
    template_name     text,
    template_language text,
    detail            text, -- one line, as Meta gave it
    resumes_at        timestamptz,
    PRIMARY KEY (vendor_id, id)
);

-- Which campaigns a breaker has paused, to go on when it is closed. Those a person pauses are not here.
CREATE TABLE kloyst.breaker_pause (
    vendor_id   uuid NOT NULL,
    breaker_id  uuid NOT NULL,
    campaign_id uuid NOT NULL,
    reason      text NOT NULL, -- as the campaign says why it is paused
    PRIMARY KEY (vendor_id, breaker_id, campaign_id),
    FOREIGN KEY (vendor_id, breaker_id) REFERENCES kloyst.breaker_note (vendor_id, id),
    FOREIGN KEY (vendor_id, campaign_id) REFERENCES kloyst.campaign (vendor_id, id)
);

-- Why the template of an account rests beyond a moment, as its open breaker says ('': it does not say); NULL: it does not rest.
CREATE FUNCTION kloyst.template_rests(vendor uuid, account uuid, name text, language text, beyond timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT coalesce(n.detail, '') FROM kloyst.breaker_note n
    WHERE n.vendor_id = vendor AND n.waba_account_id = account AND n.template_name = name AND n.template_language = language
        AND coalesce(n.resumes_at > beyond, true)
    LIMIT 1
$$;
REVOKE ALL ON FUNCTION kloyst.template_rests(uuid, uuid, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION kloyst.template_rests(uuid, uuid, text, text, timestamptz) TO kloyst_app;

CREATE INDEX breaker_pause_campaign ON kloyst.breaker_pause (vendor_id, campaign_id);

DO $$
DECLARE
    tenant_table text;
    mine text := 'vendor_id = nullif(current_setting(''kloyst.vendor_id'', true), '''')::uuid';
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['breaker_note', 'breaker_pause'] LOOP
        EXECUTE format('ALTER TABLE kloyst.%I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE kloyst.%I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY tenant ON kloyst.%I TO kloyst_app USING (%s) WITH CHECK (%s)', tenant_table, mine, mine);
        EXECUTE format('CREATE POLICY tenant_only ON kloyst.%I AS RESTRICTIVE TO kloyst_app USING (%s) WITH CHECK (%s)',
                       tenant_table, mine, mine);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON kloyst.%I TO kloyst_app', tenant_table);
    END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON kloyst.breaker TO kloyst_platform;
