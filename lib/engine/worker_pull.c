/* The worker for programs with HTTP of their own: messages out, answers in, by tickets. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/worker_internal.h"

enum { WAIT_MS = 100, TICKET_PLACES = 1 << 16 };

static const char authorization[] = "Authorization: ";

static uint64_t ticket_of(const worker *w, const pulled *p)
{
    return (uint64_t)p->use * TICKET_PLACES + (uint64_t)(p - w->pulled);
}

static pulled *by_ticket(const worker *w, uint64_t ticket)
{
    size_t place = ticket % TICKET_PLACES;
    if (!w->pulled || place >= (size_t)request_pool_most(w->pool))
        return NULL;
    pulled *p = &w->pulled[place];
    return p->open && ticket_of(w, p) == ticket ? p : NULL;
}

static pulled *free_place(worker *w)
{
    size_t places = (size_t)request_pool_most(w->pool);
    for (size_t i = 0; i < places; i++) {
        pulled *p = &w->pulled[w->pull_turn++ % places];
        if (!p->open)
            return p;
    }
    return NULL;
}

static void hand_out(worker *w, pulled *p, const pick *from, kl_outgoing *out)
{
    const dispatch *d = from->from;
    size_t index = from->message.index;
    p->open = true;
    p->use++;
    out->ticket = ticket_of(w, p);
    out->vendor_id = kl_batch_vendor_id(d->batch);
    out->message_id = kl_batch_message_id(d->batch, index);
    out->url = d->url;
    out->body = kl_batch_body(d->batch, index);
    for (const struct curl_slist *h = d->headers; h; h = h->next)
        if (strncmp(h->data, authorization, sizeof authorization - 1) == 0)
            out->authorization = h->data + sizeof authorization - 1;
    worker_note_post(w, &p->request, from);
}

static size_t hand_out_from(worker *w, number *n, kl_outgoing *messages, size_t most)
{
    size_t count = 0;
    worker_take_back(w, n);
    while (number_picks(n) && count < most && n->picks[n->picks_left].at <= w->now) {
        pulled *p = free_place(w);
        if (!p)
            break;
        hand_out(w, p, &n->picks[n->picks_left++], &messages[count++]);
    }
    return count;
}

kl_status worker_pull(kl_worker *w, kl_outgoing *messages, size_t most, size_t *count, int *wait_ms, kl_error **error)
{
    if (!w->pulled && !(w->pulled = calloc((size_t)request_pool_most(w->pool), sizeof *w->pulled)))
        return error_memory(error);
    if (!w->pulling)
        worker_start_anew(w);
    w->pulling = true;
    worker_turn(w);
    if (w->stopping && w->status)
        return error_set_sqlstate(error, w->status, kl_error_sqlstate(w->error), "%s", kl_error_message(w->error));
    size_t handed = 0;
    for (number *n = w->numbers; n && !w->stopping && w->now >= w->network_at; n = n->next)
        handed += hand_out_from(w, n, messages + handed, most - handed);
    *count = handed;
    *wait_ms = (int)worker_slot_wait(w, WAIT_MS);
    return KL_OK;
}

kl_status worker_answer(kl_worker *w, uint64_t ticket, kl_request_end end, long http_status, const char *body,
                        size_t length, kl_error **error)
{
    pulled *p = by_ticket(w, ticket);
    if (!p)
        return error_set(error, KL_ERR_NOT_FOUND, "no message waits for an answer by this ticket");
    request *r = &p->request;
    r->end = end == KL_REQUEST_ANSWERED   ? REQUEST_ANSWERED
             : end == KL_REQUEST_NOT_SENT ? REQUEST_NOT_SENT
                                          : REQUEST_NO_ANSWER;
    r->http_status = http_status;
    r->why = "as the program says";
    buffer_clear(&r->answer);
    r->answer.broken = false;
    buffer_append(&r->answer, body, length);
    if (r->answer.broken)
        return error_memory(error);
    w->now = clock_monotonic_ms();
    worker_take_answer(w, r);
    p->open = false;
    return KL_OK;
}

kl_status worker_finish_pulling(kl_worker *w, kl_worker_report *report, kl_error **error)
{
    if (!w->pulling)
        return error_set(error, KL_ERR_STATE, "the worker is not pulled from");
    for (int i = 0; i < request_pool_most(w->pool); i++)
        if (w->pulled[i].open)
            worker_answer(w, ticket_of(w, &w->pulled[i]), KL_REQUEST_NO_ANSWER, 0, NULL, 0, NULL);
    w->stopping = true;
    while (worker_turn(w))
        request_pool_wait(w->pool, WAIT_MS);
    w->pulling = false;
    return worker_close(w, report, error);
}

void worker_free_pulled(worker *w)
{
    for (int i = 0; w->pulled && i < request_pool_most(w->pool); i++)
        buffer_free(&w->pulled[i].request.answer);
    free(w->pulled);
}
