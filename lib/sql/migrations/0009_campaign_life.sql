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
-- cancelled: how many of its messages will never be sent.
-- hold_id: what it is paid from; a retry holds for itself.
ALTER TABLE kloyst.batch
    ADD halted    boolean NOT NULL DEFAULT false,
    ADD cancelled int NOT NULL DEFAULT 0,
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
REVOKE ALL ON FUNCTION kloyst.sending_opens_at(int, int, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION kloyst.sending_opens_at(int, int, text, timestamptz) TO kloyst_app;
