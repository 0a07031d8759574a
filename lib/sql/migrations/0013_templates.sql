-- Templates, the rate card, conversation windows, and the requests of single messages.
SET LOCAL ROLE kloyst_owner;

CREATE TYPE kloyst.template_category AS ENUM ('MARKETING', 'UTILITY', 'AUTHENTICATION');

-- Templates as Meta told of them. `status` and `quality` are Meta's words, also those that come up later. A parameter stands in
-- a place: header:text, header:image, header:video, header:document, header:location, body, button:INDEX:url,
-- button:INDEX:copy_code; `places` and `names` are arrays of one length, in order.
CREATE TABLE kloyst.template (
    vendor_id        uuid NOT NULL REFERENCES kloyst.vendor (id),
    id               uuid NOT NULL,
    waba_id          text NOT NULL CHECK (waba_id ~ '^[0-9]{1,32}$'),
    meta_id          text CHECK (meta_id ~ '^[0-9]{1,32}$'),
    name             text COLLATE "C" NOT NULL CHECK (name ~ '^[a-z0-9_]+$' AND length(name) <= 512),
    language         text COLLATE "C" NOT NULL CHECK (language ~ '^[a-z]{2,3}([_-][A-Za-z]{2,4})?$'),
    category         kloyst.template_category NOT NULL,
    status           text NOT NULL CHECK (status ~ '^[A-Z_]{1,64}$'),
    parameter_format kloyst.parameter_format NOT NULL,
    places           text[] NOT NULL,
    names            text[] NOT NULL,
    unsupported      text, -- the first component whose parameters nobody here can fill in
    components       jsonb NOT NULL CHECK (jsonb_typeof(components) = 'array'),
    quality          text NOT NULL DEFAULT 'UNKNOWN' CHECK (quality ~ '^[A-Z_]{1,64}$'),
    reason           text CHECK (length(reason) <= 500),
    outdated_at      timestamptz, -- Meta said then that its components are others now; NULL: what is stored is the last that was heard
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, waba_id, name, language)
);
CREATE INDEX template_by_meta_id ON kloyst.template (vendor_id, meta_id) WHERE meta_id IS NOT NULL;

-- What a campaign was checked against. NULL: its account has no stored templates.
ALTER TABLE kloyst.campaign
    ADD COLUMN template_id uuid,
    ADD COLUMN category kloyst.template_category,
    ADD COLUMN price_by_rate_card boolean NOT NULL DEFAULT false, -- `price` is then 0 and each recipient has its own
    -- of its holds: what was released because its messages were priced anew, and set aside again as another hold
    ADD COLUMN repriced numeric(14,4) NOT NULL DEFAULT 0 CHECK (repriced >= 0 AND repriced <> 'NaN'),
    ADD COLUMN parameter_places text[], -- beside parameter_names; NULL: all in the body
    ADD CONSTRAINT campaign_template FOREIGN KEY (vendor_id, template_id) REFERENCES kloyst.template (vendor_id, id);
CREATE INDEX campaign_of_template ON kloyst.campaign (vendor_id, template_id) WHERE template_id IS NOT NULL;

-- Prices of the platform: category, the digits that numbers begin with ('' is every number), and since when. Rows are added,
-- and replaced only at the same moment; a NULL price ends a rate. No tenant's data: every vendor may read it.
CREATE TABLE kloyst.rate (
    category       kloyst.template_category NOT NULL,
    prefix         text COLLATE "C" NOT NULL CHECK (prefix ~ '^([1-9][0-9]{0,3})?$'),
    effective_from timestamptz NOT NULL,
    price          numeric(10,4) CHECK (price >= 0 AND price <> 'NaN'),
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (category, prefix, effective_from)
);

-- A vendor's own prices, which go before the platform's.
CREATE TABLE kloyst.vendor_rate (
    vendor_id      uuid NOT NULL REFERENCES kloyst.vendor (id),
    category       kloyst.template_category NOT NULL,
    prefix         text COLLATE "C" NOT NULL CHECK (prefix ~ '^([1-9][0-9]{0,3})?$'),
    effective_from timestamptz NOT NULL,
    price          numeric(10,4) CHECK (price >= 0 AND price <> 'NaN'),
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vendor_id, category, prefix, effective_from)
);

-- The prices of one vendor, category and moment as an object {prefix: price}, so that the longest prefix of a number that is
-- in it has its price. What a vendor has of its own stands for all longer prefixes of the platform too. A DEDICATED vendor
-- pays Meta itself: the platform's prices are not its, and what it has no price for costs nothing.
CREATE FUNCTION kloyst.rates_of(uuid, kloyst.template_category, timestamptz) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    WITH plan AS (
        SELECT plan_type = 'DEDICATED' AS dedicated FROM kloyst.vendor WHERE id = $1
    ), own AS (
        SELECT prefix, price FROM (
            SELECT DISTINCT ON (r.prefix) r.prefix, r.price FROM kloyst.vendor_rate r
            WHERE r.vendor_id = $1 AND r.category = $2 AND r.effective_from <= $3
            ORDER BY r.prefix, r.effective_from DESC
        ) newest WHERE price IS NOT NULL
    ), platform AS (
        SELECT prefix, price FROM (
            SELECT DISTINCT ON (r.prefix) r.prefix, r.price FROM kloyst.rate r
            WHERE r.category = $2 AND r.effective_from <= $3 AND NOT EXISTS (SELECT FROM plan WHERE dedicated)
            ORDER BY r.prefix, r.effective_from DESC
        ) newest WHERE price IS NOT NULL
    )
    SELECT coalesce(jsonb_object_agg(prefix, price), '{}') FROM (
        SELECT prefix, price FROM own
        UNION ALL SELECT p.prefix, p.price FROM platform p
        WHERE NOT EXISTS (SELECT FROM own o WHERE starts_with(p.prefix, o.prefix))
        UNION ALL SELECT '', 0 FROM plan WHERE dedicated AND NOT EXISTS (SELECT FROM own WHERE prefix = '')
    ) card
$$;

-- Calling code of an ISO 3166-1 alpha-2 code, as lib/base/phone has it: a user id without a number begins with the country.
CREATE FUNCTION kloyst.calling_code(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '{
"AC":"247","AD":"376","AE":"971","AF":"93","AG":"1","AI":"1","AL":"355","AM":"374","AO":"244","AR":"54","AS":"1",
"AT":"43","AU":"61","AW":"297","AX":"358","AZ":"994","BA":"387","BB":"1","BD":"880","BE":"32","BF":"226","BG":"359",
"BH":"973","BI":"257","BJ":"229","BL":"590","BM":"1","BN":"673","BO":"591","BQ":"599","BR":"55","BS":"1","BT":"975",
"BW":"267","BY":"375","BZ":"501","CA":"1","CC":"61","CD":"243","CF":"236","CG":"242","CH":"41","CI":"225","CK":"682",
"CL":"56","CM":"237","CN":"86","CO":"57","CR":"506","CU":"53","CV":"238","CW":"599","CX":"61","CY":"357","CZ":"420",
"DE":"49","DJ":"253","DK":"45","DM":"1","DO":"1","DZ":"213","EC":"593","EE":"372","EG":"20","EH":"212","ER":"291",
"ES":"34","ET":"251","FI":"358","FJ":"679","FK":"500","FM":"691","FO":"298","FR":"33","GA":"241","GB":"44","GD":"1",
"GE":"995","GF":"594","GG":"44","GH":"233","GI":"350","GL":"299","GM":"220","GN":"224","GP":"590","GQ":"240",
"GR":"30","GT":"502","GU":"1","GW":"245","GY":"592","HK":"852","HN":"504","HR":"385","HT":"509","HU":"36","ID":"62",
"IE":"353","IL":"972","IM":"44","IN":"91","IO":"246","IQ":"964","IR":"98","IS":"354","IT":"39","JE":"44","JM":"1",
"JO":"962","JP":"81","KE":"254","KG":"996","KH":"855","KI":"686","KM":"269","KN":"1","KP":"850","KR":"82","KW":"965",
"KY":"1","KZ":"7","LA":"856","LB":"961","LC":"1","LI":"423","LK":"94","LR":"231","LS":"266","LT":"370","LU":"352",
"LV":"371","LY":"218","MA":"212","MC":"377","MD":"373","ME":"382","MF":"590","MG":"261","MH":"692","MK":"389",
"ML":"223","MM":"95","MN":"976","MO":"853","MP":"1","MQ":"596","MR":"222","MS":"1","MT":"356","MU":"230","MV":"960",
"MW":"265","MX":"52","MY":"60","MZ":"258","NA":"264","NC":"687","NE":"227","NF":"672","NG":"234","NI":"505","NL":"31",
"NO":"47","NP":"977","NR":"674","NU":"683","NZ":"64","OM":"968","PA":"507","PE":"51","PF":"689","PG":"675","PH":"63",
"PK":"92","PL":"48","PM":"508","PR":"1","PS":"970","PT":"351","PW":"680","PY":"595","QA":"974","RE":"262","RO":"40",
"RS":"381","RU":"7","RW":"250","SA":"966","SB":"677","SC":"248","SD":"249","SE":"46","SG":"65","SH":"290","SI":"386",
"SJ":"47","SK":"421","SL":"232","SM":"378","SN":"221","SO":"252","SR":"597","SS":"211","ST":"239","SV":"503","SX":"1",
"SY":"963","SZ":"268","TA":"290","TC":"1","TD":"235","TG":"228","TH":"66","TJ":"992","TK":"690","TL":"670","TM":"993",
"TN":"216","TO":"676","TR":"90","TT":"1","TV":"688","TW":"886","TZ":"255","UA":"380","UG":"256","US":"1","UY":"598",
"UZ":"998","VA":"39","VC":"1","VE":"58","VG":"1","VI":"1","VN":"84","VU":"678","WF":"681","WS":"685","XK":"383",
"YE":"967","YT":"262","ZA":"27","ZM":"260","ZW":"263"}'::jsonb ->> $1
$$;

-- Price of a number in an object of rates_of(); NULL: it has none. Both functions are expressions that are expanded where they
-- are used, a few look-ups in one small object.
CREATE FUNCTION kloyst.price_of_digits(jsonb, text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce($1 ->> left($2, 4), $1 ->> left($2, 3), $1 ->> left($2, 2), $1 ->> left($2, 1), $1 ->> '')::numeric
$$;
CREATE FUNCTION kloyst.price_of(rates jsonb, recipient text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN strpos($2, '.') = 0 THEN kloyst.price_of_digits($1, $2)
                ELSE kloyst.price_of_digits($1, kloyst.calling_code(left($2, 2))) END
$$;

-- Until when a user may be written to freely: 24 hours from each message of the user to this number. `recipient` is E.164
-- digits or a business-scoped user id, as in recipient.mobile.
CREATE TABLE kloyst.conversation_window (
    vendor_id       uuid NOT NULL,
    phone_number_id text COLLATE "C" NOT NULL,
    recipient       text COLLATE "C" NOT NULL,
    open_until      timestamptz NOT NULL,
    PRIMARY KEY (vendor_id, phone_number_id, recipient)
) WITH (fillfactor = 70);

-- What was asked for under an idempotency key, for ever: the same again is answered with the same message, anything else
-- refused by the name of what differs.
CREATE TABLE kloyst.message_request (
    vendor_id       uuid NOT NULL REFERENCES kloyst.vendor (id),
    idempotency_key kloyst.idempotency_key COLLATE "C" NOT NULL,
    message_id      uuid NOT NULL,
    waba_account_id uuid NOT NULL,
    recipient       text COLLATE "C" NOT NULL, -- as asked for: digits, user id or contact id
    kind            text NOT NULL,
    content_hash    bytea NOT NULL CHECK (length(content_hash) = 32),
    reply_to        text COLLATE "C",
    price           numeric(10,4),             -- NULL: by the rate card
    due_at          timestamptz,               -- NULL: at once
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vendor_id, idempotency_key)
);

DO $$
DECLARE
    tenant_table text;
    mine text := 'vendor_id = nullif(current_setting(''kloyst.vendor_id'', true), '''')::uuid';
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['template', 'vendor_rate', 'conversation_window', 'message_request']
    LOOP
        EXECUTE format('ALTER TABLE kloyst.%I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE kloyst.%I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY tenant ON kloyst.%I TO kloyst_app USING (%s) WITH CHECK (%s)', tenant_table, mine, mine);
        EXECUTE format('CREATE POLICY tenant_only ON kloyst.%I AS RESTRICTIVE TO kloyst_app USING (%s) WITH CHECK (%s)',
                       tenant_table, mine, mine);
        EXECUTE format('GRANT SELECT, INSERT ON kloyst.%I TO kloyst_app', tenant_table);
    END LOOP;
END
$$;
GRANT UPDATE, DELETE ON kloyst.template, kloyst.conversation_window TO kloyst_app;
GRANT UPDATE (price) ON kloyst.vendor_rate TO kloyst_app;
GRANT SELECT ON kloyst.rate TO kloyst_app;
GRANT SELECT, INSERT, UPDATE ON kloyst.rate TO kloyst_platform;

REVOKE ALL ON FUNCTION kloyst.rates_of(uuid, kloyst.template_category, timestamptz), kloyst.calling_code(text),
    kloyst.price_of_digits(jsonb, text), kloyst.price_of(jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION kloyst.rates_of(uuid, kloyst.template_category, timestamptz), kloyst.calling_code(text),
    kloyst.price_of_digits(jsonb, text), kloyst.price_of(jsonb, text) TO kloyst_app;
