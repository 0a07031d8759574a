-- The limits of Meta that all workers keep together: of sending numbers, of pairs, of portfolios. Platform tables, as a number
-- may serve several vendors; recipients stand in them as keyed hashes of 64 bits.
SET LOCAL ROLE kloyst_owner;

CREATE TABLE kloyst.portfolio (
    id         text PRIMARY KEY CHECK (id ~ '^[0-9]{1,32}$'),
    user_limit int CHECK (user_limit > 0), -- unique users in any 24 hours; NULL: no limit
    users      int NOT NULL DEFAULT 0 CHECK (users >= 0)
);

-- Time is reserved, not messages counted: `reserved_until` (the theoretical arrival time of the generic cell rate algorithm)
-- moves on by a slot of some messages, and whoever moved it may send them in that slot.
CREATE TABLE kloyst.sending_number (
    phone_number_id text PRIMARY KEY CHECK (phone_number_id ~ '^[0-9]{1,32}$'),
    portfolio_id    text REFERENCES kloyst.portfolio (id),
    reserved_until  timestamptz NOT NULL DEFAULT '-infinity',
    slots           bigint NOT NULL DEFAULT 0, -- reserved so far
    share           float8 NOT NULL DEFAULT 1 CHECK (share > 0 AND share <= 1), -- of the rate that is used: less after a complaint
    slowed_at       timestamptz, -- when that share began
    paused_until    timestamptz
) WITH (fillfactor = 50);

-- To whom the messages of a slot go: what workers need to know of each other to keep the limit of pairs. A slot with
-- pause_ms is none: its pairs rest so long.
CREATE TABLE kloyst.sending_slot (
    phone_number_id text NOT NULL,
    no              bigint NOT NULL,
    worker          uuid NOT NULL,
    starts_at       timestamptz NOT NULL,
    pause_ms        int NOT NULL DEFAULT 0,
    recipients      bigint[] NOT NULL,
    PRIMARY KEY (phone_number_id, no)
);
CREATE INDEX sending_slot_starts_at ON kloyst.sending_slot (starts_at);
ALTER TABLE kloyst.sending_slot ALTER recipients SET STORAGE MAIN;

-- The users written to in the last 24 hours, for portfolios with a limit.
CREATE TABLE kloyst.portfolio_user (
    portfolio_id text NOT NULL REFERENCES kloyst.portfolio (id),
    recipient    bigint NOT NULL,
    last_at      timestamptz NOT NULL,
    PRIMARY KEY (portfolio_id, recipient)
);
CREATE INDEX portfolio_user_last_at ON kloyst.portfolio_user (portfolio_id, last_at);

-- Which of `wanted` may be written to now without passing the portfolio's limit, if it has one; they are counted from here on. The portfolio's
-- row lock keeps the count exact for all numbers of the portfolio.
CREATE FUNCTION kloyst.portfolio_admit(portfolio text, wanted bigint[], moment timestamptz,
    OUT limited boolean, OUT refused bigint[], OUT room_at timestamptz)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
    most int;
    present int;
    changed int;
BEGIN
    refused := '{}';
    SELECT p.user_limit INTO most FROM kloyst.portfolio p WHERE p.id = portfolio;
    limited := most IS NOT NULL;
    IF most IS NULL OR cardinality(wanted) = 0 THEN
        RETURN;
    END IF;
    SELECT p.user_limit, p.users INTO most, present FROM kloyst.portfolio p WHERE p.id = portfolio FOR NO KEY UPDATE;
    DELETE FROM kloyst.portfolio_user u WHERE u.portfolio_id = portfolio AND u.last_at <= moment - interval '24 hours';
    GET DIAGNOSTICS changed = ROW_COUNT;
    present := present - changed;
    UPDATE kloyst.portfolio_user u SET last_at = moment
    WHERE u.portfolio_id = portfolio AND u.recipient = ANY (wanted);
    WITH fresh AS (
        SELECT w.recipient, min(w.n) AS n FROM unnest(wanted) WITH ORDINALITY AS w (recipient, n)
        WHERE NOT EXISTS (SELECT FROM kloyst.portfolio_user u WHERE u.portfolio_id = portfolio AND u.recipient = w.recipient)
        GROUP BY w.recipient
    ), admitted AS (
        INSERT INTO kloyst.portfolio_user (portfolio_id, recipient, last_at)
        SELECT portfolio, f.recipient, moment FROM fresh f ORDER BY f.n LIMIT greatest(most - present, 0)
        RETURNING recipient
    )
    SELECT coalesce(array_agg(f.recipient) FILTER (WHERE a.recipient IS NULL), '{}'), count(a.recipient) INTO refused, changed
    FROM fresh f LEFT JOIN admitted a USING (recipient);
    UPDATE kloyst.portfolio p SET users = present + changed WHERE p.id = portfolio;
    IF cardinality(refused) > 0 THEN
        SELECT min(u.last_at) + interval '24 hours' INTO room_at FROM kloyst.portfolio_user u WHERE u.portfolio_id = portfolio;
    END IF;
END
$$;

-- Reserves the next slot of a number that may send `rate` messages a second, for messages to `wanted`, of whom `counted` count
-- for the portfolio. No slot begins later than `ahead_ms` from now. Answers slot NULL and when to ask again otherwise. Times
-- are microseconds from the moment of the answer. `limited`: of a slot, whether the portfolio has a limit.
CREATE FUNCTION kloyst.slot_reserve(number text, worker uuid, rate int, wanted bigint[], counted bigint[], ahead_ms int,
    OUT slot bigint, OUT starts_in bigint, OUT per_message bigint, OUT refused bigint[], OUT room_in bigint, OUT share float8, OUT paused_for bigint,
    OUT limited boolean)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
    ahead CONSTANT interval := ahead_ms * interval '1 millisecond';
    moment timestamptz := clock_timestamp();
    n kloyst.sending_number;
    admitted bigint[];
    begins timestamptz;
    room_at timestamptz;
BEGIN
    -- Looking first spares a number that is busy the locks of those who wait for it.
    SELECT * INTO n FROM kloyst.sending_number s WHERE s.phone_number_id = number;
    IF NOT FOUND THEN
        INSERT INTO kloyst.sending_number (phone_number_id) VALUES (number) ON CONFLICT DO NOTHING;
    ELSIF n.reserved_until > moment + ahead AND n.reserved_until < moment + interval '1 minute' THEN
        starts_in := extract(epoch FROM n.reserved_until - ahead - moment) * 1000000;
        RETURN;
    END IF;
    SELECT * INTO n FROM kloyst.sending_number s WHERE s.phone_number_id = number FOR NO KEY UPDATE;
    moment := clock_timestamp();
    IF n.paused_until > moment THEN
        paused_for := extract(epoch FROM n.paused_until - moment) * 1000000;
        starts_in := paused_for;
        RETURN;
    END IF;
    -- No slot is as long as a minute: a clock that was put back must not stop the number until it has caught up.
    IF n.reserved_until > moment + interval '1 minute' THEN
        n.reserved_until := moment;
    END IF;
    IF n.reserved_until > moment + ahead THEN
        starts_in := extract(epoch FROM n.reserved_until - ahead - moment) * 1000000;
        RETURN;
    END IF;
    IF n.share < 1 AND (moment >= n.slowed_at + interval '10 seconds' OR moment < n.slowed_at) THEN
        n.share := least(1, n.share * 2);
        n.slowed_at := moment;
    END IF;
    admitted := wanted;
    IF n.portfolio_id IS NOT NULL THEN
        SELECT a.limited, a.refused, a.room_at INTO limited, refused, room_at FROM kloyst.portfolio_admit(n.portfolio_id, counted, moment) a;
        IF cardinality(refused) > 0 THEN
            SELECT coalesce(array_agg(w.recipient ORDER BY w.n), '{}') INTO admitted
            FROM unnest(wanted) WITH ORDINALITY AS w (recipient, n) WHERE NOT w.recipient = ANY (refused);
            room_in := extract(epoch FROM room_at - moment) * 1000000;
        END IF;
    END IF;
    share := n.share;
    per_message := 1000000 / (rate * n.share);
    begins := greatest(n.reserved_until, moment);
    starts_in := extract(epoch FROM begins - moment) * 1000000;
    slot := n.slots + 1;
    UPDATE kloyst.sending_number s SET slots = slot, share = n.share, slowed_at = n.slowed_at,
        reserved_until = begins + cardinality(admitted) * per_message * interval '1 microsecond'
    WHERE s.phone_number_id = number;
    INSERT INTO kloyst.sending_slot (phone_number_id, no, worker, starts_at, recipients)
    VALUES (number, slot, worker, begins, admitted);
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON kloyst.portfolio, kloyst.portfolio_user, kloyst.sending_number, kloyst.sending_slot
    TO kloyst_platform;
REVOKE ALL ON FUNCTION kloyst.portfolio_admit(text, bigint[], timestamptz),
    kloyst.slot_reserve(text, uuid, int, bigint[], bigint[], int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION kloyst.portfolio_admit(text, bigint[], timestamptz),
    kloyst.slot_reserve(text, uuid, int, bigint[], bigint[], int) TO kloyst_platform;
