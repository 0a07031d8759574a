/* What the end of a request changes: its message, its pair, its number, its lane. */
#include <stdlib.h>

#include "base/buffer.h"
#include "base/error.h"
#include "core/batch.h"
#include "core/breaker.h"
#include "engine/worker_internal.h"
#include "repo/limits.h"

enum { UNREACHABLE_MS = 250, UNREACHABLE_GROWTH = 2, UNREACHABLE_DOUBLINGS = 6, SLOW_AGAIN_MS = 1000, BREAKER_MS = 1000 };

/* One message that does not fit its template says little; so many in a row say that none of the campaign does. */
enum { MISFITS_STOP = 10 };

/* So long a message that comes again is kept with its batch. */
enum { KEEP_MS = 5000, NETWORK_MOST_MS = 60000 };

void worker_postpone(worker *w, dispatch *d, repeat *message, int64_t wait)
{
    if (wait > KEEP_MS) {
        dispatch_defer(d, message, wait, w->now);
        worker_count_deferred(w, 1);
        return;
    }
    message->due = w->now + wait;
    dispatch_repeat(d, message);
}

void worker_count_deferred(worker *w, size_t messages)
{
    w->report.deferred += (int64_t)messages;
    metrics_add(&w->handle->metrics, METRIC_messages_deferred, (int64_t)messages);
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

static void pause_number(worker *w, number *n, int64_t wait)
{
    if (n->paused_until < w->now + wait)
        n->paused_until = w->now + wait;
    worker_put_back_all(w, n);
    kl_error *why = NULL;
    kl_status status = limits_pause(w->handle->pool, n->phone_number_id, (int)wait, &why);
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
        pause_number(w, l->number, o->wait_ms);
}

static kl_breaker_scope breaker_scope_of(const error_policy *policy)
{
    switch (policy->class) {
    case ERROR_STOP_NUMBER:
        return KL_BREAKER_NUMBER;
    case ERROR_STOP_WABA:
        return KL_BREAKER_WABA;
    default:
        return policy->scope == ERROR_SCOPE_TEMPLATE ? KL_BREAKER_TEMPLATE : KL_BREAKER_CAMPAIGN;
    }
}

/* Opens the breaker for all workers. This one holds the lane back until it sees that by the list; for as long as it runs when
 * the breaker cannot be opened. */
static void refuse_lane(worker *w, lane *l, const outcome *o, error_class class)
{
    kl_error *why = NULL, *own_why = NULL;
    kl_status own = KL_OK;
    breaker_cause cause = {
        .scope = breaker_scope_of(o->policy),
        .vendor_id = l->vendor_id,
        .phone_number_id = l->number->phone_number_id,
        .campaign_id = l->single ? NULL : &l->campaign_id,
        .waba_account_id = &l->waba_account_id,
        .code = o->code,
        .text = o->text,
        .resume_after_ms = 1000 * (int64_t)o->policy->backoff_seconds,
    };
    kl_status status = breaker_trip(w->handle, &cause, &why);
    bool open = worker_database(w, status, why, &own, &own_why);
    kl_error_free(own_why);
    worker_stop_lane(w, l, class, open ? w->now + BREAKER_MS : INT64_MAX);
    why = NULL;
    status = error_set(&why, KL_ERR_REFUSED, "Meta refused to go on: %s (code %d)", o->policy->text, o->code);
    worker_remark(w, status, why);
}

/* Of single messages one template says nothing about the others: it alone rests. What is held is claimed anew, without
 * those that have it. */
static void rest_template(worker *w, dispatch *d, const request *r, const outcome *o)
{
    lane *l = d->lane;
    kl_error *why = NULL, *own_why = NULL;
    kl_status own = KL_OK;
    breaker_cause cause = {
        .scope = KL_BREAKER_TEMPLATE,
        .vendor_id = l->vendor_id,
        .waba_account_id = &l->waba_account_id,
        .template_name = kl_batch_template_name(d->batch, r->index),
        .template_language = batch_template_language(d->batch, r->index),
        .code = o->code,
        .text = o->text,
        .resume_after_ms = 1000 * (int64_t)o->policy->backoff_seconds,
    };
    if (!*cause.template_name)
        return;
    kl_status status = breaker_trip(w->handle, &cause, &why);
    worker_database(w, status, why, &own, &own_why);
    kl_error_free(own_why);
    lane_give_back(l);
}

static void count_misfit(worker *w, lane *l, const outcome *o)
{
    if (l->single || !o->policy || o->policy->scope != ERROR_SCOPE_CAMPAIGN)
        l->misfits = 0;
    else if (++l->misfits >= MISFITS_STOP && !l->stopped)
        refuse_lane(w, l, o, ERROR_STOP_CAMPAIGN);
}

/* Nothing left this machine. The message waits and everything with it; when that does not help the run ends. */
static void not_sent(worker *w, dispatch *d, const request *r)
{
    if (w->now >= w->network_at) {
        int doublings = w->network_failures < UNREACHABLE_DOUBLINGS ? w->network_failures : UNREACHABLE_DOUBLINGS;
        w->network_at = w->now + outcome_backoff_ms(UNREACHABLE_MS, UNREACHABLE_GROWTH, NETWORK_MOST_MS, doublings + 1);
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
        l->misfits = 0;
        w->report.accepted++;
        metrics_add(&w->handle->metrics, METRIC_messages_accepted, 1);
        dispatch_result(d, r->index, KL_SEND_ACCEPTED, 0, o->text, w->now);
        return;
    case OUTCOME_UNKNOWN:
        w->report.unknown++;
        metrics_add(&w->handle->metrics, METRIC_messages_unknown, 1);
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
        if (l->single && o->policy->class == ERROR_STOP_CAMPAIGN) {
            rest_template(w, d, r, o);
            break;
        }
        refuse_lane(w, l, o, o->policy->class);
        if (o->policy->class == ERROR_STOP_CAMPAIGN)
            break;
        /* It is not the message's fault: it waits for the breaker, too. */
        dispatch_defer(d, &(repeat){.index = r->index, .code = o->code, .text = o->text}, 0, w->now);
        worker_count_deferred(w, 1);
        return;
    case OUTCOME_FAILED:
        count_misfit(w, l, o);
        break;
    }
    w->report.failed++;
    metrics_add(&w->handle->metrics, METRIC_messages_failed, 1);
    dispatch_result(d, r->index, KL_SEND_FAILED, o->code, o->text, w->now);
}
