/* The worker's traffic: requests out at their time, answers in. */
#include <stdlib.h>

#include "base/error.h"
#include "engine/worker_internal.h"

/* What is later than this needs a new slot. What is less late leaves at once: no worker holds more than one slot and a half. */
enum { LATE_MS = 500 };

void worker_note_post(worker *w, request *r, const pick *p)
{
    dispatch *d = p->from;
    r->owner = d;
    r->index = p->message.index;
    r->attempt = p->message.attempt;
    r->before = kl_batch_attempts(d->batch, r->index);
    r->recipient = p->recipient;
    r->posted_at = w->now;
    dispatch_left(d, r->index);
    d->picked--;
    d->lane->picked--;
    d->lane->in_flight++;
    w->picked--;
    w->report.in_flight++;
    bool again = p->message.code || r->before;
    w->report.retried += again;
    metrics_add(&w->handle->metrics, METRIC_requests, 1);
    metrics_add(&w->handle->metrics, METRIC_requests_in_flight, 1);
    metrics_add(&w->handle->metrics, METRIC_requests_repeated, again);
    free(p->message.text);
}

static bool post(worker *w, const pick *p)
{
    dispatch *d = p->from;
    request *r = request_post(w->pool, d->url, d->headers, kl_batch_body(d->batch, p->message.index));
    if (r)
        worker_note_post(w, r, p);
    return r;
}

/* What must not leave any more. A message that has its time and was only not to be followed by others still leaves. */
void worker_take_back(worker *w, number *n)
{
    size_t kept = n->picks_left;
    for (size_t i = n->picks_left; i < n->pick_count; i++) {
        pick *p = &n->picks[i];
        if (p->from->lost || p->from->lane->stopped)
            worker_put_back(w, p, w->now);
        else
            n->picks[kept++] = *p;
    }
    n->pick_count = kept;
}

static void send_from(worker *w, number *n)
{
    worker_take_back(w, n);
    while (number_picks(n) && w->report.in_flight < request_pool_most(w->pool)) {
        const pick *p = &n->picks[n->picks_left];
        if (p->at > w->now)
            return;
        if (w->now - p->at > LATE_MS) {
            worker_put_back_all(w, n);
            return;
        }
        if (!post(w, p)) {
            kl_error *why = NULL;
            kl_status status = error_memory(&why);
            worker_end(w, status, why);
            return;
        }
        n->picks_left++;
    }
}

void worker_send(worker *w)
{
    for (number *n = w->numbers; n; n = n->next) {
        if (w->stopping || w->now < w->network_at)
            worker_put_back_all(w, n);
        else
            send_from(w, n);
    }
}

void worker_take_answer(worker *w, request *r)
{
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
    metrics_add(&w->handle->metrics, METRIC_requests_in_flight, -1);
    if (r->end == REQUEST_ANSWERED)
        metrics_request_time(&w->handle->metrics, (w->now - r->posted_at) * 1000);
    if (o.policy)
        metrics_refusal(&w->handle->metrics, o.policy->class);
    if (o.kind != OUTCOME_NOT_SENT)
        w->network_failures = 0;
    if (o.kind != OUTCOME_NOT_SENT && o.kind != OUTCOME_STOP)
        d->lane->proven = true;
    worker_settle(w, d, r, &o);
}

void worker_receive(worker *w)
{
    for (request *r; (r = request_next_ended(w->pool)); request_give_back(r))
        worker_take_answer(w, r);
}
