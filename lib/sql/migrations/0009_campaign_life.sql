-- How campaigns are scheduled, kept to hours of the day, paused, cancelled and retried, and whom they go to.
SET LOCAL ROLE kloyst_owner;

ALTER TABLE kloyst.campaign
    ADD audience     text,        -- the JSON that chooses its contacts; NULL: all
    ADD starts_at    timestamptz, -- of a SCHEDULED campaign, or one that was
    -- minutes of the day in time_zone between which messages may leave; both NULL: at any time
    ADD send_from    int CHECK (send_from BETWEEN 0 AND 1439),
    ADD send_until   int CHECK (send_until BETWEEN 1 AND 1440),
    ADD time_zone    text,
    ADD opted_out    int NOT NULL DEFAULT 0, -- contacts of the audience left out because they want no marketing
    ADD blocked      int NOT NULL DEFAULT 0, -- because nothing is sent to them
    ADD cancelled    int NOT NULL DEFAULT 0, -- messages that never left because it was cancelled
    ADD retried      int NOT NULL DEFAULT 0, -- messages that are there because another one failed
    ADD paused_from  kloyst.campaign_status, -- of a PAUSED campaign: what it was before
    ADD pause_reason text CHECK (length(pause_reason) <= 500),
    ADD CONSTRAINT campaign_hours CHECK ((send_from IS NULL) = (send_until IS NULL) AND send_from <> send_until
        AND (send_from IS NULL OR time_zone IS NOT NULL));

-- halted: its campaign is scheduled, paused or cancelled. No message of it is started and it is not leased. It stands with
-- the batch because that row's lock decides between a worker and the call that stops it, whatever each saw before.
-- cancelled: how many of its messages will never be sent; those from number cancelled_from on and others that were deferred.
-- hold_id: what it is paid from; a retry holds for itself.
ALTER TABLE kloyst.batch
    ADD halted    boolean NOT NULL DEFAULT false,
    ADD cancelled int NOT NULL DEFAULT 0,
    ADD cancelled_from int CHECK (cancelled_from BETWEEN 0 AND size),
    ADD hold_id   uuid,
    ADD CONSTRAINT batch_cancelled_within_size CHECK (cancelled >= 0
        AND cancelled + unknown + sent + failed + delivered + read + deferred <= size);

ALTER TABLE kloyst.hold DROP CONSTRAINT hold_vendor_id_campaign_id_key;
CREATE INDEX hold_of_campaign ON kloyst.hold (vendor_id, campaign_id) WHERE campaign_id IS NOT NULL;

-- The message whose failure this one is there for; a failure is retried once.
ALTER TABLE kloyst.recipient ADD retry_of uuid;
CREATE UNIQUE INDEX recipient_retried_once ON kloyst.recipient (vendor_id, retry_of) WHERE retry_of IS NOT NULL;

-- When a SCHEDULED campaign starts: what the platform role needs to find those that are due.
ALTER TABLE kloyst.lane ADD starts_at timestamptz;
-- Of a PAUSED campaign: when a lease that a worker had runs out. If the worker died, what it had started is settled then.
ALTER TABLE kloyst.lane ADD recover_at timestamptz;
CREATE INDEX lane_to_recover ON kloyst.lane (vendor_id, recover_at) WHERE recover_at IS NOT NULL;
CREATE INDEX lane_scheduled ON kloyst.lane (vendor_id, starts_at) WHERE starts_at IS NOT NULL;

-- The first moment from `at` on at which the clock of `zone` shows a minute of the day in [send_from, send_until), which may
-- pass midnight; `at` itself when it does so then, or when there are no hours. Clocks are put forward and back by whole
-- minutes and by less than three hours, so that the minutes around where a day's opening ought to be hold it.
CREATE FUNCTION kloyst.sending_opens_at(send_from int, send_until int, zone text, at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT CASE
        WHEN send_from IS NULL THEN at
        ELSE (
            SELECT t FROM (
                SELECT at AS t
                UNION ALL
                SELECT step
                FROM generate_series(-1, 3) AS day,
                    generate_series(
                        (date_trunc('day', at AT TIME ZONE zone) + day * interval '1 day' + send_from * interval '1 minute')
                            AT TIME ZONE zone - interval '3 hours',
                        (date_trunc('day', at AT TIME ZONE zone) + day * interval '1 day' + send_from * interval '1 minute')
                            AT TIME ZONE zone + interval '3 hours',
                        interval '1 minute') AS step
            ) moment,
            LATERAL (SELECT (extract(hour FROM t AT TIME ZONE zone) * 60 + extract(minute FROM t AT TIME ZONE zone))::int AS now) minute
            WHERE t >= at AND CASE WHEN send_from < send_until THEN minute.now >= send_from AND minute.now < send_until
                                   ELSE minute.now >= send_from OR minute.now < send_until END
            ORDER BY t LIMIT 1
        ) END
$$;

-- A date or moment in ISO 8601 in microseconds since 1970, NULL for anything else: what instant_parse() in C reads. In PL/pgSQL, as
-- is the next one: an SQL function that cannot be expanded is started anew for every row.
CREATE FUNCTION kloyst.instant_of(text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    m text[] := regexp_match($1, '^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(?:Z|([+-])(\d\d)(?::?(\d\d))?)?)?$');
    year int := m[1];
    month int := m[2];
    day int := m[3];
    hour int := coalesce(m[4], '0');
    minute int := coalesce(m[5], '0');
    second int := coalesce(m[6], '0');
    days int := CASE WHEN month IN (4, 6, 9, 11) THEN 30 WHEN month <> 2 THEN 31
                     WHEN year % 4 = 0 AND (year % 100 <> 0 OR year % 400 = 0) THEN 29 ELSE 28 END;
    ahead int := coalesce(m[9], '0')::int * 60 + coalesce(m[10], '0')::int;
BEGIN
    IF m IS NULL OR year < 1 OR month NOT BETWEEN 1 AND 12 OR day < 1 OR hour > 23 OR minute > 59 OR second > 59
        OR m[9]::int > 15 OR m[10]::int > 59
        OR day > days
    THEN
        RETURN NULL;
    END IF;
    RETURN (((make_date(year, month, day) - date '1970-01-01')::bigint * 24 + hour) * 60 + minute
            - CASE m[8] WHEN '-' THEN -ahead ELSE ahead END) * 60000000
        + second::bigint * 1000000 + rpad(coalesce(m[7], ''), 6, '0')::bigint;
END
$$;

-- The values of a filter, and beside them as t0, t1 … the moments in the attributes of these names.
CREATE FUNCTION kloyst.with_instants("values" jsonb, attributes jsonb, names text[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
BEGIN
    FOR i IN 1 .. cardinality(names) LOOP
        "values" := "values" || jsonb_build_object('t' || (i - 1), kloyst.instant_of(attributes ->> names[i]));
    END LOOP;
    RETURN "values";
END
$$;

-- The contacts that a campaign goes to, also those that want nothing: those listed, or those whose attributes fulfil the path
-- with its values, or all. It is expanded in the statements that use it, and the conditions that are not meant fall away
-- when they are planned. The path is built and checked by the library; everything that a caller says in it is quoted, and the
-- values are not in it.
CREATE FUNCTION kloyst.audience(vendor uuid, listed uuid[], path text, "values" jsonb, instants text[])
RETURNS TABLE (id uuid, mobile text, bsuid text, attributes jsonb, plain boolean, opted_out_at timestamptz,
    blocked_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE BEGIN ATOMIC
    SELECT c.id, c.mobile, c.bsuid, c.attributes, c.plain, c.opted_out_at, c.blocked_at
    FROM kloyst.contact c
    WHERE c.vendor_id = vendor AND (listed IS NULL OR c.id = ANY (listed))
        AND (path IS NULL OR jsonb_path_match(c.attributes, path::jsonpath,
            CASE WHEN instants IS NULL THEN "values" ELSE kloyst.with_instants("values", c.attributes, instants) END
                || CASE WHEN "values" ? 'undeliverable' THEN jsonb_build_object('undeliverable', c.undeliverable_at IS NOT NULL)
                        ELSE '{}' END, true));
END;

-- The texts of a contact's template parameters, NULL where one does not resolve; `names` and `texts` as in the campaign. It is
-- expanded where it is used: for the usual numbers of parameters a row then costs no call and no inner query.
CREATE FUNCTION kloyst.many_parameters_of(attributes jsonb, mobile text, names text[], texts text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(CASE WHEN name IS NULL THEN text WHEN name = '' THEN mobile
                          ELSE coalesce(nullif(attributes ->> name, ''), text) END ORDER BY no)
    FROM unnest(names, texts) WITH ORDINALITY AS p (name, text, no)
$$;
CREATE FUNCTION kloyst.parameters_of(attributes jsonb, mobile text, names text[], texts text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE cardinality(names)
        WHEN 0 THEN '{}'::text[]
        WHEN 1 THEN ARRAY[
            CASE WHEN names[1] IS NULL THEN texts[1] WHEN names[1] = '' THEN mobile ELSE coalesce(nullif(attributes ->> names[1], ''), texts[1]) END]
        WHEN 2 THEN ARRAY[
            CASE WHEN names[1] IS NULL THEN texts[1] WHEN names[1] = '' THEN mobile ELSE coalesce(nullif(attributes ->> names[1], ''), texts[1]) END,
            CASE WHEN names[2] IS NULL THEN texts[2] WHEN names[2] = '' THEN mobile ELSE coalesce(nullif(attributes ->> names[2], ''), texts[2]) END]
        WHEN 3 THEN ARRAY[
            CASE WHEN names[1] IS NULL THEN texts[1] WHEN names[1] = '' THEN mobile ELSE coalesce(nullif(attributes ->> names[1], ''), texts[1]) END,
            CASE WHEN names[2] IS NULL THEN texts[2] WHEN names[2] = '' THEN mobile ELSE coalesce(nullif(attributes ->> names[2], ''), texts[2]) END,
            CASE WHEN names[3] IS NULL THEN texts[3] WHEN names[3] = '' THEN mobile ELSE coalesce(nullif(attributes ->> names[3], ''), texts[3]) END]
        WHEN 4 THEN ARRAY[
            CASE WHEN names[1] IS NULL THEN texts[1] WHEN names[1] = '' THEN mobile ELSE coalesce(nullif(attributes ->> names[1], ''), texts[1]) END,
            CASE WHEN names[2] IS NULL THEN texts[2] WHEN names[2] = '' THEN mobile ELSE coalesce(nullif(attributes ->> names[2], ''), texts[2]) END,
            CASE WHEN names[3] IS NULL THEN texts[3] WHEN names[3] = '' THEN mobile ELSE coalesce(nullif(attributes ->> names[3], ''), texts[3]) END,
            CASE WHEN names[4] IS NULL THEN texts[4] WHEN names[4] = '' THEN mobile ELSE coalesce(nullif(attributes ->> names[4], ''), texts[4]) END]
        WHEN 5 THEN ARRAY[
            CASE WHEN names[1] IS NULL THEN texts[1] WHEN names[1] = '' THEN mobile ELSE coalesce(nullif(attributes ->> names[1], ''), texts[1]) END,
            CASE WHEN names[2] IS NULL THEN texts[2] WHEN names[2] = '' THEN mobile ELSE coalesce(nullif(attributes ->> names[2], ''), texts[2]) END,
            CASE WHEN names[3] IS NULL THEN texts[3] WHEN names[3] = '' THEN mobile ELSE coalesce(nullif(attributes ->> names[3], ''), texts[3]) END,
            CASE WHEN names[4] IS NULL THEN texts[4] WHEN names[4] = '' THEN mobile ELSE coalesce(nullif(attributes ->> names[4], ''), texts[4]) END,
            CASE WHEN names[5] IS NULL THEN texts[5] WHEN names[5] = '' THEN mobile ELSE coalesce(nullif(attributes ->> names[5], ''), texts[5]) END]
        ELSE kloyst.many_parameters_of(attributes, mobile, names, texts) END
$$;

-- Whether Meta takes the texts: none missing, 1024 characters at most, no line break, tab or other control character, no five
-- blanks in a row. A missing one shows as a control character. Only texts that together are long are counted one by one.
CREATE FUNCTION kloyst.lengths_are_within(texts text[], most int) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(bool_and(length(text) <= most), true) FROM unnest(texts) AS t (text)
$$;
CREATE FUNCTION kloyst.parameters_are_sound(texts text[]) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN array_to_string(texts, 'x', E'\x01') !~ '[\x01-\x1f\x7f]|     '
    AND CASE WHEN pg_column_size(texts) <= 1024 THEN true ELSE kloyst.lengths_are_within(texts, 1024) END;
-- The same of a contact whose attributes may be known to be `plain`; the texts of the campaign itself were checked when it was
-- made. Looking at every text is most of the cost.
CREATE FUNCTION kloyst.parameters_are_sound(texts text[], plain boolean) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN plain THEN array_position(texts, NULL) IS NULL ELSE kloyst.parameters_are_sound(texts) END;

REVOKE ALL ON FUNCTION kloyst.sending_opens_at(int, int, text, timestamptz), kloyst.instant_of(text),
    kloyst.with_instants(jsonb, jsonb, text[]), kloyst.audience(uuid, uuid[], text, jsonb, text[]),
    kloyst.many_parameters_of(jsonb, text, text[], text[]), kloyst.parameters_of(jsonb, text, text[], text[]),
    kloyst.lengths_are_within(text[], int), kloyst.parameters_are_sound(text[]),
    kloyst.parameters_are_sound(text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION kloyst.sending_opens_at(int, int, text, timestamptz), kloyst.instant_of(text),
    kloyst.with_instants(jsonb, jsonb, text[]), kloyst.audience(uuid, uuid[], text, jsonb, text[]),
    kloyst.many_parameters_of(jsonb, text, text[], text[]), kloyst.parameters_of(jsonb, text, text[], text[]),
    kloyst.lengths_are_within(text[], int), kloyst.parameters_are_sound(text[]),
    kloyst.parameters_are_sound(text[], boolean) TO kloyst_app;
