/* The worker's traffic: requests out in turn, answers in. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "core/batch.h"
#include "engine/outcome.h"
#include "engine/worker_internal.h"

/* Of a batch that is started at once: what becomes UNKNOWN when the process is killed is within one such slice. */
enum { SLICE_MOST = 100, SLICE_LEAST = 10 };
enum { UNREACHABLE_MS = 250, UNREACHABLE_GROWTH = 2, UNREACHABLE_DOUBLINGS = 6 };

/* Writes down that the next messages may leave. About a second's worth, as a slow number keeps them long. */
static bool start_slice(worker *w, dispatch *d)
{
    size_t slice = (size_t)d->lane->number->rate;
    slice = slice > SLICE_MOST ? SLICE_MOST : slice < SLICE_LEAST ? SLICE_LEAST : slice;
    size_t until = d->count - d->sent > slice ? d->sent + slice : d->count;
    kl_error *why = NULL, *own_why = NULL;
    kl_status own = KL_OK, status = batch_start(w->handle, d->batch, until, &why);
    if (worker_database(w, status, why, &own, &own_why)) {
        d->started = until;
        return true;
    }
    if (own == KL_ERR_LEASE_LOST) {
        d->lost = true;
        kl_error_free(own_why);
    } else if (own) {
        worker_stop_lane(w, d->lane, ERROR_STOP_CAMPAIGN);
        worker_remark(w, own, own_why);
    }
    return false;
}

static bool post(worker *w, dispatch *d, size_t index, int attempt)
{
    request *r = request_post(w->pool, d->url, d->headers, kl_batch_body(d->batch, index));
    if (!r)
        return false;
    r->owner = d;
    r->index = index;
    r->attempt = attempt;
    number_take(d->lane->number);
    dispatch_left(d, index);
    d->lane->in_flight++;
    w->report.in_flight++;
    return true;
}

static void no_memory(worker *w)
{
    kl_error *why = NULL;
    kl_status status = error_memory(&why);
    worker_end(w, status, why);
}

/* Sends one message of the batch when one may leave now; those that come again go first. */
static bool send_from(worker *w, dispatch *d)
{
    repeat again;
    if (d->lost)
        return false;
    if (d->repeat_count && dispatch_take_due(d, w->now, &again)) {
        if (!post(w, d, again.index, again.attempt)) {
            dispatch_repeat(d, &again);
            no_memory(w);
            return false;
        }
        free(again.text);
        w->report.retried += again.code != 0;
        return true;
    }
    if (d->sent == d->count)
        return false;
    if (d->sent == d->started && (worker_database_waits(w) || !start_slice(w, d)))
        return false;
    if (!post(w, d, d->sent, 1)) {
        no_memory(w);
        return false;
    }
    d->sent++;
    return true;
}

static bool send_one(worker *w, lane *l)
{
    /* The first answer shows whether token, number and template are good before many messages fail by them. */
    if (l->stopped || (!l->proven && l->in_flight) || number_wait(l->number, w->now))
        return false;
    for (dispatch *d = l->dispatches; d && !w->stopping; d = d->next)
        if (send_from(w, d))
            return true;
    return false;
}

void worker_send(worker *w)
{
    bool any = w->now >= w->network_at;
    while (any && !w->stopping) {
        any = false;
        for (size_t i = 0; i < w->lane_count && w->report.in_flight < request_pool_most(w->pool); i++)
            any |= send_one(w, w->lanes[w->turn++ % w->lane_count]);
    }
}

int64_t worker_send_wait(worker *w, int64_t most)
{
    int64_t wait = most;
    if (w->stopping || w->report.in_flight >= request_pool_most(w->pool))
        return wait;
    for (size_t i = 0; i < w->lane_count; i++) {
        lane *l = w->lanes[i];
        if (l->stopped || !l->dispatches || (!l->proven && l->in_flight))
            continue;
        int64_t due = lane_unsent(l) ? w->now : INT64_MAX;
        for (const dispatch *d = l->dispatches; d; d = d->next)
            if (!d->lost && d->repeat_count && dispatch_next_due(d) < due)
                due = dispatch_next_due(d);
        if (due == INT64_MAX)
            continue;
        int64_t ready = w->now + number_wait(l->number, w->now);
        due = due > ready ? due : ready;
        due = due > w->network_at ? due : w->network_at;
        due = due > w->database_at ? due : w->database_at;
        if (due - w->now < wait)
            wait = due - w->now;
    }
    return wait > 0 ? wait : 0;
}

/* A refusal that lasts slows or pauses more than its message. */
static void back_off(worker *w, lane *l, const outcome *o)
{
    if (o->code == 130429)
        number_slow(l->number, w->now);
    else if (o->policy->scope == ERROR_SCOPE_NUMBER || o->policy->scope == ERROR_SCOPE_WABA ||
             o->policy->scope == ERROR_SCOPE_APP)
        number_pause(l->number, w->now + o->wait_ms);
}

/* The place of pauses and circuit breakers: for now the lane rests for this run, and the caller is told. */
static void refuse_lane(worker *w, lane *l, const outcome *o)
{
    kl_error *why = NULL;
    worker_stop_lane(w, l, o->policy->class);
    kl_status status = error_set(&why, KL_ERR_REFUSED, "Meta refused to go on: %s (code %d)", o->policy->text, o->code);
    worker_remark(w, status, why);
}

/* Nothing left this machine. The message waits and everything with it; when that does not help the run ends. */
static void not_sent(worker *w, dispatch *d, const request *r)
{
    if (w->now >= w->network_at) {
        int doublings = w->network_failures < UNREACHABLE_DOUBLINGS ? w->network_failures : UNREACHABLE_DOUBLINGS;
        w->network_at = w->now + outcome_backoff_ms(UNREACHABLE_MS, UNREACHABLE_GROWTH, doublings + 1);
        w->network_failures++;
    }
    buffer text = BUFFER_INIT;
    buffer_format(&text, "not sent: %s", r->why);
    dispatch_repeat(d, &(repeat){r->index, r->attempt + 1, w->network_at, 0, text.data});
    if (r->attempt < w->options.max_attempts)
        return;
    kl_error *why = NULL;
    kl_status status = error_set(&why, KL_ERR_HTTP, "the Graph API could not be reached: %s", r->why);
    worker_end(w, status, why);
}

static void settle(worker *w, dispatch *d, request *r, outcome *o)
{
    lane *l = d->lane;
    switch (o->kind) {
    case OUTCOME_ACCEPTED:
        w->report.accepted++;
        dispatch_result(d, r->index, KL_SEND_ACCEPTED, 0, o->text, w->now);
        return;
    case OUTCOME_UNKNOWN:
        w->report.unknown++;
        dispatch_result(d, r->index, KL_SEND_UNKNOWN, 0, o->text, w->now);
        return;
    case OUTCOME_REPEAT:
        back_off(w, l, o);
        dispatch_repeat(d, &(repeat){r->index, r->attempt + 1, w->now + o->wait_ms, o->code, o->text});
        return;
    case OUTCOME_NOT_SENT:
        not_sent(w, d, r);
        return;
    case OUTCOME_STOP:
        if (l->stopped) {
            /* It was under way when the lane was stopped: given back if it can be. */
            dispatch_repeat(d, &(repeat){r->index, r->attempt + 1, w->now, o->code, o->text});
            return;
        }
        refuse_lane(w, l, o);
        break;
    case OUTCOME_FAILED:
        break;
    }
    w->report.failed++;
    dispatch_result(d, r->index, KL_SEND_FAILED, o->code, o->text, w->now);
}

void worker_receive(worker *w)
{
    for (request *r; (r = request_next_ended(w->pool)); request_give_back(r)) {
        dispatch *d = r->owner;
        outcome o;
        kl_error *why = NULL;
        kl_status status = outcome_of(r, w->options.max_attempts, &o, &why);
        if (status) {
            /* The answer was lost for want of memory. */
            o = (outcome){.kind = OUTCOME_UNKNOWN};
            worker_end(w, status, why);
        }
        d->lane->in_flight--;
        w->report.in_flight--;
        if (o.kind != OUTCOME_NOT_SENT)
            w->network_failures = 0;
        if (o.kind != OUTCOME_NOT_SENT && o.kind != OUTCOME_STOP)
            d->lane->proven = true;
        settle(w, d, r, &o);
    }
}
