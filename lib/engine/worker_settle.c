/* What the end of a request changes: its message, its pair, its number, its lane. */
#include <stdlib.h>

#include "base/buffer.h"
#include "base/error.h"
#include "engine/worker_internal.h"
#include "repo/limits.h"

enum { UNREACHABLE_MS = 250, UNREACHABLE_GROWTH = 2, UNREACHABLE_DOUBLINGS = 6, SLOW_AGAIN_MS = 1000 };

void worker_postpone(worker *w, dispatch *d, repeat *message, int64_t wait)
{
    message->due = w->now + wait;
    dispatch_repeat(d, message);
}

/* A limit that all workers keep could not be told to them: this one keeps it, and they will learn it from Meta. */
static void told(worker *w, kl_status status, kl_error *why)
{
    kl_status own = KL_OK;
    kl_error *own_why = NULL;
    worker_database(w, status, why, &own, &own_why);
    kl_error_free(own_why);
}

static void slow_number(worker *w, number *n)
{
    /* The requests that were in flight together complain together; that is one complaint. */
    if (n->slowed_at && w->now - n->slowed_at < SLOW_AGAIN_MS)
        return;
    n->slowed_at = w->now;
    kl_error *why = NULL;
    kl_status status = limits_slow(w->handle->pool, n->phone_number_id, &why);
    told(w, status, why);
}

static void pause_pair(worker *w, number *n, int64_t recipient, int64_t wait)
{
    pair_pause(&n->pairs, recipient, w->now + wait, w->now);
    kl_error *why = NULL;
    kl_status status = limits_pause_pair(w->handle->pool, n->phone_number_id, recipient, (int)wait, &w->id, &why);
    told(w, status, why);
}

static void pause_numbers(worker *w, number *n, error_scope scope, int64_t wait)
{
    if (n->paused_until < w->now + wait)
        n->paused_until = w->now + wait;
    worker_put_back_all(w, n);
    kl_error *why = NULL;
    kl_status status = limits_pause(w->handle->pool, n->phone_number_id, scope == ERROR_SCOPE_WABA,
                                    scope == ERROR_SCOPE_APP, (int)wait, &why);
    told(w, status, why);
}

/* A refusal that lasts slows or pauses more than its message, for all workers. */
static void back_off(worker *w, lane *l, const request *r, const outcome *o)
{
    error_scope scope = o->policy->scope;
    if (o->code == 130429)
        slow_number(w, l->number);
    else if (scope == ERROR_SCOPE_PAIR)
        pause_pair(w, l->number, r->recipient, o->wait_ms);
    else if (scope == ERROR_SCOPE_NUMBER || scope == ERROR_SCOPE_WABA || scope == ERROR_SCOPE_APP)
        pause_numbers(w, l->number, scope, o->wait_ms);
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

void worker_settle(worker *w, dispatch *d, request *r, outcome *o)
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
        back_off(w, l, r, o);
        worker_postpone(w, d, &(repeat){r->index, r->attempt + 1, 0, o->code, o->text}, o->wait_ms);
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
