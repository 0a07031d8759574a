/* The worker's slots: picking messages fairly, and reserving the time in which they may leave. */
#include <stdlib.h>

#include "base/error.h"
#include "core/batch.h"
#include "crypto/recipient_hash.h"
#include "engine/fair.h"
#include "engine/worker_internal.h"
#include "repo/limits.h"

/* A slot is so long that reserving costs little and so short that who comes later waits little. The next one is reserved before
 * the last has ended; none begins later than AHEAD_MS, so that no worker takes a number's time from the others. */
enum { SLOT_MS = 100, LEAD_MS = 50, AHEAD_MS = 100, SLOT_MOST = 100, LONG_PAUSE_MS = 60000 };

/* Of a batch that is started at once: what becomes UNKNOWN when the process is killed is within one such slice. */
enum { SLICE_MOST = 100, SLICE_LEAST = 10 };

/* Writes down that the next messages may leave. About a second's worth, as a slow number keeps them long. */
static bool start_slice(worker *w, dispatch *d)
{
    size_t slice = (size_t)d->lane->rate;
    slice = slice > SLICE_MOST ? SLICE_MOST : slice < SLICE_LEAST ? SLICE_LEAST : slice;
    size_t until = d->count - d->sent > slice ? d->sent + slice : d->count;
    kl_error *why = NULL, *own_why = NULL;
    kl_status own = KL_OK, status = batch_start(w->handle, d->batch, until, &why);
    if (worker_database(w, status, why, &own, &own_why)) {
        d->started = until;
        return true;
    }
    if (own == KL_ERR_LEASE_LOST || own == KL_ERR_STATE) {
        d->over = true; /* STATE: its campaign was paused or cancelled */
        d->lost = own == KL_ERR_LEASE_LOST && !d->lane->single; /* of the queue, one message may be meant */
        kl_error_free(own_why);
    } else if (own) {
        worker_stop_lane(w, d->lane, ERROR_STOP_CAMPAIGN, INT64_MAX);
        worker_remark(w, own, own_why);
    }
    return false;
}

/* The next message of the batch; those that come again go first. */
static bool take_message(worker *w, dispatch *d, repeat *out)
{
    if (d->over)
        return false;
    if (d->repeat_count && dispatch_take_due(d, w->now, out))
        return true;
    if (d->sent == d->count)
        return false;
    if (d->sent == d->started && (worker_database_waits(w) || !start_slice(w, d)))
        return false;
    *out = (repeat){.index = d->sent++, .attempt = 1};
    return true;
}

static bool pick_from(worker *w, lane *l, pick *out)
{
    for (dispatch *d = l->dispatches; d && !w->stopping; d = d->next) {
        if (take_message(w, d, &out->message)) {
            out->from = d;
            out->recipient = recipient_hash(w->handle->keys, kl_batch_mobile(d->batch, out->message.index));
            l->picked++;
            d->picked++;
            w->picked++;
            return true;
        }
    }
    return false;
}

static void unpick(worker *w, pick *p)
{
    p->from->lane->picked--;
    p->from->picked--;
    w->picked--;
}

void worker_put_back(worker *w, pick *p, int64_t due)
{
    unpick(w, p);
    p->message.due = due;
    dispatch_repeat(p->from, &p->message);
}

void worker_put_back_all(worker *w, number *n)
{
    while (n->picks_left < n->pick_count)
        worker_put_back(w, &n->picks[n->picks_left++], w->now);
}

/* What one slot of the number holds at most: its lanes may differ in what they know of the rate. */
static int rate_of(const number *n)
{
    int rate = 0;
    for (const sharer *s = n->sharers; s; s = s->next)
        for (size_t i = 0; i < s->lane_count; i++)
            if (s->lanes[i]->rate && (!rate || s->lanes[i]->rate < rate))
                rate = s->lanes[i]->rate;
    return rate;
}

/* Picks for the number's next slot, behind those that it has; answers how many. */
static size_t pick_slot(worker *w, number *n, int rate)
{
    size_t most = (size_t)(rate * SLOT_MS / 1000);
    size_t room = (size_t)(request_pool_most(w->pool) - w->report.in_flight - w->picked);
    most = most < 1 ? 1 : most < SLOT_MOST ? most : SLOT_MOST;
    most = most < room ? most : room;
    if (!number_reserve_picks(n, most)) {
        kl_error *why = NULL;
        kl_status status = error_memory(&why);
        worker_end(w, status, why);
        return 0;
    }
    size_t count = 0;
    while (count < most && !w->stopping) {
        lane *l = fair_next(n, w->now);
        if (!l)
            break;
        /* Its batch may turn out to be somebody else's, or the database not to answer. */
        if (pick_from(w, l, &n->picks[n->pick_count + count]))
            count++;
        else if (worker_database_waits(w))
            break;
    }
    return count;
}

typedef struct pairs_context {
    worker *w;
    number *n;
} pairs_context;

/* What other workers let go counts for this worker's messages too. */
static void went_elsewhere(void *context, int64_t recipient, int64_t age, int pause_ms)
{
    pairs_context *c = context;
    int64_t at = c->w->now - age / 1000;
    if (pause_ms)
        pair_pause(&c->n->pairs, recipient, at + pause_ms, c->w->now);
    else
        pair_take(&c->n->pairs, recipient, at, c->w->now);
}

static void refused_by_portfolio(void *context, int64_t recipient)
{
    pairs_context *c = context;
    for (size_t i = 0; i < c->n->pick_new; i++) {
        pick *p = &c->n->picks[c->n->pick_count + i];
        if (p->recipient == recipient)
            p->refused = true;
    }
}

/* The portfolio has had all the users of its day: its campaigns rest until it has room again, single messages wait each for
 * itself. */
static void no_room(worker *w, pick *p, int64_t wait)
{
    lane *l = p->from->lane;
    unpick(w, p);
    if (l->single) {
        worker_postpone(w, p->from, &p->message, wait);
        return;
    }
    p->message.due = w->now;
    dispatch_repeat(p->from, &p->message);
    if (w->now >= l->claim_at || !p->from->over)
        worker_rest_lane(w, l, wait);
}

/* Gives every message of the slot its time, in order; those whose pair or portfolio has to wait lose theirs. */
static void place(worker *w, number *n, const slot_grant *grant, size_t count)
{
    int64_t now = w->now, room_in = grant->room_in / 1000 + 1, taken = 0;
    pick *fresh = n->picks + n->pick_count;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        pick p = fresh[i];
        if (p.refused) {
            no_room(w, &p, room_in);
            continue;
        }
        p.at = now + (grant->starts_in + taken++ * grant->per_message) / 1000;
        int64_t wait = pair_take(&n->pairs, p.recipient, p.at, now);
        if (wait <= 0) {
            fresh[kept++] = p;
            continue;
        }
        unpick(w, &p);
        worker_postpone(w, p.from, &p.message, p.at - now + wait);
    }
    n->pick_count += kept;
}

static void not_granted(worker *w, number *n, const slot_grant *grant, size_t count)
{
    for (size_t i = 0; i < count; i++)
        worker_put_back(w, &n->picks[n->pick_count + i], w->now);
    n->reserve_at = w->now + grant->starts_in / 1000 + 1;
    if (grant->paused_for)
        n->paused_until = w->now + grant->paused_for / 1000 + 1;
    /* Others need not wait for leases that would be kept for nothing. */
    for (sharer *s = n->sharers; grant->paused_for / 1000 > LONG_PAUSE_MS && s; s = s->next)
        for (size_t i = 0; i < s->lane_count; i++)
            lane_give_back(s->lanes[i]);
}

static kl_status reserve(worker *w, number *n, int rate, size_t count, slot_grant *grant, kl_error **error)
{
    int64_t wanted[SLOT_MOST], counted[SLOT_MOST];
    size_t counting = 0;
    for (size_t i = 0; i < count; i++)
        wanted[i] = n->picks[n->pick_count + i].recipient;
    kl_status status = worker_count_users(w, n, n->picks + n->pick_count, count, counted, &counting, error);
    if (status)
        return status;
    slot_wish wish = {n->phone_number_id, &w->id, rate, wanted, count, counted, counting, AHEAD_MS, n->seen};
    return limits_reserve(w->handle->pool, &wish, grant, error);
}

static void fill_slot(worker *w, number *n)
{
    int rate = rate_of(n);
    size_t count = rate ? pick_slot(w, n, rate) : 0;
    if (!count)
        return;
    slot_grant grant = {0};
    kl_error *why = NULL;
    kl_status status = reserve(w, n, rate, count, &grant, &why);
    w->now = clock_monotonic_ms();
    if (!worker_database(w, status, why, NULL, NULL)) {
        /* It may have been granted: under another name this worker will read what it reserved itself. */
        uuid_generate(&w->id);
        grant = (slot_grant){0};
        not_granted(w, n, &grant, count);
        return;
    }
    pairs_context context = {w, n};
    n->pick_new = count;
    int64_t seen = slot_grant_others(&grant, went_elsewhere, &context);
    if (seen > n->seen)
        n->seen = seen;
    for (size_t i = 0; i < count; i++)
        n->picks[n->pick_count + i].refused = false;
    if (grant.no) {
        n->seen = grant.no;
        n->unlimited = !grant.limited;
        slot_grant_refused(&grant, refused_by_portfolio, &context);
        place(w, n, &grant, count);
    } else {
        not_granted(w, n, &grant, count);
    }
    slot_grant_free(&grant);
}

/* When the number may want its next slot. */
static int64_t slot_due(const worker *w, const number *n)
{
    int64_t due = n->reserve_at > n->paused_until ? n->reserve_at : n->paused_until;
    if (number_picks(n) && n->picks[n->pick_count - 1].at - LEAD_MS > due)
        due = n->picks[n->pick_count - 1].at - LEAD_MS;
    return due > w->network_at ? due : w->network_at;
}

static bool has_room(const worker *w)
{
    return w->report.in_flight + w->picked < request_pool_most(w->pool);
}

void worker_fill_slots(worker *w)
{
    for (number *n = w->numbers; n && !w->stopping && has_room(w); n = n->next)
        if (!worker_database_waits(w) && w->now >= slot_due(w, n))
            fill_slot(w, n);
    /* Who came late the last time is first the next. */
    number *first = w->numbers;
    if (first && first->next) {
        number *last = first;
        while (last->next)
            last = last->next;
        w->numbers = first->next;
        last->next = first;
        first->next = NULL;
    }
}

int64_t worker_slot_wait(const worker *w, int64_t most)
{
    int64_t wait = most;
    for (const number *n = w->numbers; n && !w->stopping; n = n->next) {
        if (number_picks(n) && n->picks[n->picks_left].at - w->now < wait)
            wait = n->picks[n->picks_left].at - w->now;
        int64_t next = INT64_MAX, due = slot_due(w, n);
        for (const sharer *s = n->sharers; s && has_room(w); s = s->next)
            for (size_t i = 0; i < s->lane_count; i++)
                if (lane_next(s->lanes[i], w->now) < next)
                    next = lane_next(s->lanes[i], w->now);
        if (next == INT64_MAX)
            continue;
        due = due > next ? due : next;
        due = due > w->database_at ? due : w->database_at;
        if (due - w->now < wait)
            wait = due - w->now;
    }
    return wait > 0 ? wait : 0;
}
