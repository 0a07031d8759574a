-- What users say: their messages' kinds, their consent with its evidence, contacts that turn out to be one, and the feed of
-- events from which a program learns of it all.
SET LOCAL ROLE kloyst_owner;

CREATE TYPE kloyst.inbound_kind AS ENUM ('TEXT', 'BUTTON', 'BUTTON_REPLY', 'LIST_REPLY', 'FLOW_REPLY', 'IMAGE', 'VIDEO', 'AUDIO',
    'DOCUMENT', 'STICKER', 'REACTION', 'ORDER', 'LOCATION', 'CONTACTS', 'SYSTEM', 'UNSUPPORTED', 'OTHER');

-- Of inbound messages; NULL for the others.
ALTER TABLE kloyst.message_log
    ADD COLUMN kind kloyst.inbound_kind,
    ADD COLUMN text text,             -- what the user wrote or chose
    ADD COLUMN payload text,          -- of a quick reply, or the id of an interactive reply
    ADD COLUMN context_wamid text,    -- the message that it answers or reacts to, as Meta names it
    ADD COLUMN reply_to uuid,         -- the same message's id, when it is the vendor's
    ADD COLUMN phone_number_id text;  -- the number that was written to

-- Who must not be written to, so that what is queued for them is found when its turn comes.
CREATE INDEX contact_barred ON kloyst.contact (vendor_id, updated_at) WHERE opted_out_at IS NOT NULL OR blocked_at IS NOT NULL;

-- Two contacts that turned out to be one user: the first became the second. Messages and recipients keep the first's id.
CREATE TABLE kloyst.contact_merge (
    vendor_id  uuid NOT NULL,
    contact_id uuid NOT NULL,
    into_id    uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vendor_id, contact_id)
);
CREATE INDEX contact_merge_into ON kloyst.contact_merge (vendor_id, into_id);

CREATE TYPE kloyst.consent_kind AS ENUM ('OPT_OUT', 'OPT_IN');
CREATE TYPE kloyst.consent_source AS ENUM ('CALL', 'KEYWORD', 'QUICK_REPLY', 'PREFERENCE', 'ERROR');

-- The evidence: who said what, when and where. contact.opted_out_at follows from these rows alone: the first refusal that no
-- later permission has lifted, whatever order they were heard in. Rows outlive their contact.
CREATE TABLE kloyst.consent_event (
    vendor_id  uuid NOT NULL,
    id         uuid NOT NULL,
    contact_id uuid NOT NULL,
    kind       kloyst.consent_kind NOT NULL,
    source     kloyst.consent_source NOT NULL,
    at         timestamptz NOT NULL,          -- when the user said it
    user_key   text COLLATE "C" NOT NULL,     -- the number or business-scoped user id it came from
    message_id uuid,                          -- the message that said it, or whose failure told it
    text       text CHECK (length(text) <= 500),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vendor_id, id)
);
CREATE INDEX consent_event_contact ON kloyst.consent_event (vendor_id, contact_id, at);

CREATE TYPE kloyst.event_kind AS ENUM ('MESSAGE_RECEIVED', 'MESSAGE_STATE', 'CAMPAIGN_STATE', 'CONSENT', 'TEMPLATE', 'NUMBER',
    'ACCOUNT', 'CONTACT');

-- One row for what one transaction did of one kind. What happens to messages is only told while the vendor has a reader. `at` is taken behind the locks of the rows concerned, so that what happened
-- to one message one after the other is in that order here; `writer` is the transaction, by which a reader tells what it has not
-- seen yet from what was merely written earlier. The arrays are parallel.
CREATE TABLE kloyst.event (
    vendor_id   uuid NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    id          uuid NOT NULL DEFAULT gen_random_uuid(),
    writer      bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    kind        kloyst.event_kind NOT NULL,
    campaign_id uuid,
    message_ids uuid[],
    contact_ids uuid[],
    states      smallint[], -- of messages, campaigns and consent: as in C
    subject     text,   -- of the others: template, phone number or account
    detail      text,
    PRIMARY KEY (vendor_id, at, id)
);
CREATE INDEX event_writer ON kloyst.event (vendor_id, writer);
-- Ids are not worth compressing on the way in.
ALTER TABLE kloyst.event ALTER message_ids SET STORAGE EXTERNAL, ALTER contact_ids SET STORAGE EXTERNAL,
    ALTER states SET STORAGE EXTERNAL;

-- How far each reader is: it has seen what is visible in the snapshot `seen`, and of what is visible in `target` beyond that
-- all up to (after_at, after_id, after_no).
CREATE TABLE kloyst.event_consumer (
    vendor_id  uuid NOT NULL,
    name       text NOT NULL CHECK (name <> '' AND length(name) <= 100),
    version    bigint NOT NULL,
    seen       pg_snapshot NOT NULL,
    target     pg_snapshot,
    after_at   timestamptz,
    after_id   uuid,
    after_no   bigint,
    missed     boolean NOT NULL DEFAULT false, -- events were removed before it read them
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (vendor_id, name)
);

-- How Meta shows a number ("15550783881"), by which some webhooks name it; learned from messages. NULL: not known yet.
ALTER TABLE kloyst.waba_directory ADD COLUMN display_phone_number text CHECK (length(display_phone_number) <= 32);

-- The newest change that was heard of each template, number and account, by a hash of its name: what comes again or too late
-- changes nothing.
CREATE TABLE kloyst.webhook_change (
    subject bytea PRIMARY KEY CHECK (length(subject) = 32),
    at      timestamptz NOT NULL,
    digest  bytea NOT NULL CHECK (length(digest) = 32)
);
GRANT SELECT, INSERT, UPDATE ON kloyst.webhook_change TO kloyst_platform;

DO $$
DECLARE
    tenant_table text;
    mine text := 'vendor_id = nullif(current_setting(''kloyst.vendor_id'', true), '''')::uuid';
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['contact_merge', 'consent_event', 'event', 'event_consumer'] LOOP
        EXECUTE format('ALTER TABLE kloyst.%I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE kloyst.%I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY tenant ON kloyst.%I TO kloyst_app USING (%s) WITH CHECK (%s)', tenant_table, mine, mine);
        EXECUTE format('CREATE POLICY tenant_only ON kloyst.%I AS RESTRICTIVE TO kloyst_app USING (%s) WITH CHECK (%s)',
                       tenant_table, mine, mine);
        EXECUTE format('GRANT SELECT, INSERT ON kloyst.%I TO kloyst_app', tenant_table);
    END LOOP;
END
$$;
GRANT UPDATE (into_id), DELETE ON kloyst.contact_merge TO kloyst_app;
GRANT UPDATE (contact_id) ON kloyst.consent_event TO kloyst_app;
GRANT DELETE ON kloyst.event TO kloyst_app;
GRANT UPDATE, DELETE ON kloyst.event_consumer TO kloyst_app;

-- opted_out_at of these contacts as their evidence has it. The caller holds their rows' locks, so that nobody else's evidence is
-- on its way.
CREATE FUNCTION kloyst.consent_settle(v uuid, contacts uuid[]) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog AS $$
    UPDATE kloyst.contact c SET opted_out_at = s.since, updated_at = now()
    FROM unnest(contacts) AS x (id)
    CROSS JOIN LATERAL (
        SELECT min(e.at) AS since FROM kloyst.consent_event e
        WHERE e.vendor_id = v AND e.contact_id = x.id AND e.kind = 'OPT_OUT' AND e.at >= coalesce((
            SELECT max(p.at) FROM kloyst.consent_event p
            WHERE p.vendor_id = v AND p.contact_id = x.id AND p.kind = 'OPT_IN'), '-infinity')
    ) s
    WHERE c.vendor_id = v AND c.id = x.id AND c.opted_out_at IS DISTINCT FROM s.since
$$;

-- One contact becomes part of another: evidence and attributes that the other lacks move, and the stricter block counts. Number
-- and user id do not move: the caller knows which are still true.
CREATE FUNCTION kloyst.contact_become(v uuid, gone uuid, kept uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
    lost kloyst.contact;
BEGIN
    PERFORM FROM kloyst.contact c WHERE c.vendor_id = v AND c.id IN (gone, kept) ORDER BY c.id FOR UPDATE;
    DELETE FROM kloyst.contact c WHERE c.vendor_id = v AND c.id = gone RETURNING c.* INTO lost;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE kloyst.contact c SET attributes = lost.attributes || c.attributes, plain = lost.plain AND c.plain, updated_at = now(),
        blocked_at = least(c.blocked_at, lost.blocked_at)
    WHERE c.vendor_id = v AND c.id = kept;
    UPDATE kloyst.consent_event e SET contact_id = kept WHERE e.vendor_id = v AND e.contact_id = gone;
    UPDATE kloyst.contact_merge m SET into_id = kept WHERE m.vendor_id = v AND m.into_id = gone;
    INSERT INTO kloyst.contact_merge (vendor_id, contact_id, into_id) VALUES (v, gone, kept);
    PERFORM kloyst.consent_settle(v, ARRAY[kept]);
END
$$;

-- The contact of a user who was heard of by number, business-scoped user id or both; made with the id `fresh` where there is
-- none, NULL where there is no such vendor. A number that becomes known joins the contact that had the user id alone, and two
-- contacts that turn out to be one user become one, the one with the number. A user id that comes with another number than it
-- is known with (Meta spells some countries' numbers in its own way) is still that user.
CREATE FUNCTION kloyst.contact_meet(v uuid, fresh uuid, number text, user_id text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
    by_number kloyst.contact;
    by_user kloyst.contact;
BEGIN
    FOR attempt IN 1 .. 5 LOOP
        SELECT * INTO by_number FROM kloyst.contact c WHERE c.vendor_id = v AND c.mobile = number;
        IF by_number.id IS NOT NULL AND (user_id IS NULL OR by_number.bsuid = user_id) THEN
            RETURN by_number.id;
        END IF;
        SELECT * INTO by_user FROM kloyst.contact c WHERE c.vendor_id = v AND c.bsuid = user_id;
        IF by_user.id IS NOT NULL AND (number IS NULL OR by_user.mobile IS NOT NULL) THEN
            RETURN by_user.id;
        END IF;
        BEGIN
            IF by_number.id IS NOT NULL THEN
                IF by_user.id IS NOT NULL THEN
                    PERFORM kloyst.contact_become(v, by_user.id, by_number.id);
                END IF;
                UPDATE kloyst.contact c SET bsuid = user_id, updated_at = now() WHERE c.vendor_id = v AND c.id = by_number.id;
                IF FOUND THEN
                    RETURN by_number.id;
                END IF;
            ELSIF by_user.id IS NOT NULL THEN
                UPDATE kloyst.contact c SET mobile = number, updated_at = now() WHERE c.vendor_id = v AND c.id = by_user.id;
                IF FOUND THEN
                    RETURN by_user.id;
                END IF;
            ELSE
                -- The lock keeps the vendor from being removed meanwhile.
                PERFORM FROM kloyst.vendor o WHERE o.id = v FOR KEY SHARE;
                IF NOT FOUND THEN
                    RETURN NULL;
                END IF;
                INSERT INTO kloyst.contact (vendor_id, id, mobile, bsuid) VALUES (v, fresh, number, user_id);
                RETURN fresh;
            END IF;
        EXCEPTION WHEN unique_violation THEN
            NULL; -- somebody else met the user at the same time
        END;
    END LOOP;
    RAISE EXCEPTION 'a contact kept changing' USING ERRCODE = 'serialization_failure';
END
$$;

-- A user has another number now (and with it another user id). The contact keeps everything else; where the new number is a
-- contact already, the old one becomes part of it.
CREATE FUNCTION kloyst.contact_move(v uuid, fresh uuid, old_number text, old_user_id text, new_number text, new_user_id text)
RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
    before uuid;
    after uuid;
BEGIN
    SELECT c.id INTO before FROM kloyst.contact c
    WHERE c.vendor_id = v AND (c.mobile = old_number OR c.bsuid = old_user_id) ORDER BY c.mobile = old_number DESC NULLS LAST LIMIT 1;
    SELECT c.id INTO after FROM kloyst.contact c
    WHERE c.vendor_id = v AND (c.mobile = new_number OR c.bsuid = new_user_id) ORDER BY c.mobile = new_number DESC NULLS LAST LIMIT 1;
    IF before IS NULL OR before = after THEN
        RETURN kloyst.contact_meet(v, fresh, new_number, new_user_id);
    END IF;
    IF after IS NOT NULL THEN
        PERFORM kloyst.contact_become(v, before, after);
        RETURN kloyst.contact_meet(v, fresh, new_number, new_user_id);
    END IF;
    UPDATE kloyst.contact c SET mobile = coalesce(new_number, c.mobile), bsuid = new_user_id, updated_at = now()
    WHERE c.vendor_id = v AND c.id = before;
    RETURN before;
END
$$;

-- Stores evidence (rows that are there already are passed over), applies it and tells the event feed. Answers how many were new.
CREATE FUNCTION kloyst.consent_record(v uuid, ids uuid[], contacts uuid[], kinds text[], sources text[], ats timestamptz[],
    users text[], messages uuid[], texts text[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
    stored bigint;
BEGIN
    PERFORM FROM unnest(contacts) AS x (id) JOIN kloyst.contact c ON c.vendor_id = v AND c.id = x.id
        ORDER BY c.id FOR NO KEY UPDATE OF c;
    WITH fresh AS (
        INSERT INTO kloyst.consent_event (vendor_id, id, contact_id, kind, source, at, user_key, message_id, text)
        SELECT v, x.id, x.contact_id, x.kind::kloyst.consent_kind, x.source::kloyst.consent_source, x.at, x.user_key,
            x.message_id, x.text
        FROM unnest(ids, contacts, kinds, sources, ats, users, messages, texts)
            AS x (id, contact_id, kind, source, at, user_key, message_id, text)
        WHERE x.contact_id IS NOT NULL
        ORDER BY x.id
        ON CONFLICT (vendor_id, id) DO NOTHING
        RETURNING contact_id, kind, message_id
    ), told AS (
        INSERT INTO kloyst.event (vendor_id, kind, contact_ids, message_ids, states)
        SELECT v, 'CONSENT', array_agg(f.contact_id), array_agg(f.message_id), array_agg(CASE f.kind WHEN 'OPT_OUT' THEN 1 ELSE 2 END::smallint)
        FROM fresh f HAVING count(*) > 0
    )
    SELECT count(*) INTO stored FROM fresh;
    IF stored > 0 THEN
        PERFORM kloyst.consent_settle(v, contacts);
    END IF;
    RETURN stored;
END
$$;

-- Meta answers 131050 when a user has stopped a business's marketing: an opt-out, from wherever the failure was learned.
CREATE FUNCTION kloyst.consent_heed_failure() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    contact uuid;
BEGIN
    SELECT coalesce(m.into_id, NEW.contact_id) INTO contact
    FROM (SELECT) one LEFT JOIN kloyst.contact_merge m ON m.vendor_id = NEW.vendor_id AND m.contact_id = NEW.contact_id;
    IF contact IS NULL OR NOT EXISTS (SELECT FROM kloyst.contact c WHERE c.vendor_id = NEW.vendor_id AND c.id = contact) THEN
        contact := kloyst.contact_meet(NEW.vendor_id, gen_random_uuid(),
            CASE WHEN NEW.mobile NOT LIKE '%.%' THEN NEW.mobile END, CASE WHEN NEW.mobile LIKE '%.%' THEN NEW.mobile END);
    END IF;
    -- One piece of evidence a message, whatever number of times its failure is reported.
    PERFORM kloyst.consent_record(NEW.vendor_id, ARRAY[NEW.id], ARRAY[contact], ARRAY['OPT_OUT'], ARRAY['ERROR'],
        ARRAY[NEW.failed_at], ARRAY[NEW.mobile], ARRAY[NEW.id], ARRAY[left(NEW.error_text, 500)]);
    RETURN NULL;
END
$$;
CREATE TRIGGER heed_failure AFTER INSERT OR UPDATE ON kloyst.message_log
    FOR EACH ROW WHEN (NEW.error_code = 131050) EXECUTE FUNCTION kloyst.consent_heed_failure();

-- The feed tells of a contact that cannot be reached, or can again, while it has a reader.
CREATE FUNCTION kloyst.event_of_contact(v uuid, contact uuid, message uuid, what text) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog AS $$
    INSERT INTO kloyst.event (vendor_id, kind, contact_ids, message_ids, states, detail)
    SELECT v, 'CONTACT', ARRAY[contact], ARRAY[message], ARRAY[0::smallint], what
    WHERE EXISTS (SELECT FROM kloyst.event_consumer r WHERE r.vendor_id = v)
$$;

-- Meta answers 131026 when nobody can be reached under a number: the contact says since when, until the user writes.
CREATE FUNCTION kloyst.contact_heed_failure() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    contact uuid;
BEGIN
    UPDATE kloyst.contact c SET undeliverable_at = NEW.failed_at
    WHERE c.vendor_id = NEW.vendor_id AND c.undeliverable_at IS NULL AND c.id = coalesce((
        SELECT m.into_id FROM kloyst.contact_merge m
        WHERE m.vendor_id = NEW.vendor_id AND m.contact_id = NEW.contact_id), NEW.contact_id)
    RETURNING c.id INTO contact;
    IF FOUND THEN
        PERFORM kloyst.event_of_contact(NEW.vendor_id, contact, NEW.id, 'undeliverable');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER heed_undeliverable AFTER INSERT OR UPDATE ON kloyst.message_log
    FOR EACH ROW WHEN (NEW.error_code = 131026 AND NEW.status = 'FAILED') EXECUTE FUNCTION kloyst.contact_heed_failure();

-- contact_meet() of a user who wrote, and so can be reached.
CREATE FUNCTION kloyst.contact_hear(v uuid, fresh uuid, number text, user_id text, message uuid) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
    contact uuid := kloyst.contact_meet(v, fresh, number, user_id);
BEGIN
    UPDATE kloyst.contact c SET undeliverable_at = NULL
    WHERE c.vendor_id = v AND c.id = contact AND c.undeliverable_at IS NOT NULL;
    IF FOUND THEN
        PERFORM kloyst.event_of_contact(v, contact, message, 'reachable');
    END IF;
    RETURN contact;
END
$$;

-- Whoever changes a campaign's state, the feed tells.
CREATE FUNCTION kloyst.event_of_campaign() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO kloyst.event (vendor_id, kind, campaign_id, states, detail)
    VALUES (NEW.vendor_id, 'CAMPAIGN_STATE', NEW.id, ARRAY[CASE NEW.status WHEN 'DRAFT' THEN 1 WHEN 'QUEUED' THEN 2
        WHEN 'PROCESSING' THEN 3 WHEN 'COMPLETED' THEN 4 WHEN 'FAILED' THEN 5 WHEN 'SCHEDULED' THEN 6 WHEN 'PAUSED' THEN 7
        WHEN 'CANCELLED' THEN 8 END::smallint], NEW.status::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_state AFTER UPDATE ON kloyst.campaign
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION kloyst.event_of_campaign();

REVOKE ALL ON FUNCTION kloyst.consent_settle(uuid, uuid[]), kloyst.contact_become(uuid, uuid, uuid),
    kloyst.contact_meet(uuid, uuid, text, text), kloyst.contact_move(uuid, uuid, text, text, text, text),
    kloyst.consent_record(uuid, uuid[], uuid[], text[], text[], timestamptz[], text[], uuid[], text[]),
    kloyst.consent_heed_failure(), kloyst.event_of_campaign(), kloyst.event_of_contact(uuid, uuid, uuid, text),
    kloyst.contact_heed_failure(), kloyst.contact_hear(uuid, uuid, text, text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION kloyst.consent_settle(uuid, uuid[]), kloyst.contact_become(uuid, uuid, uuid),
    kloyst.event_of_contact(uuid, uuid, uuid, text), kloyst.contact_hear(uuid, uuid, text, text, uuid),
    kloyst.contact_meet(uuid, uuid, text, text), kloyst.contact_move(uuid, uuid, text, text, text, text),
    kloyst.consent_record(uuid, uuid[], uuid[], text[], text[], timestamptz[], text[], uuid[], text[]) TO kloyst_app;
