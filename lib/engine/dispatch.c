/* A claimed batch on its way out. */
#include "engine/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "core/batch.h"
#include "meta/graph_request.h"

enum { STATE_WAITING, STATE_IN_FLIGHT, STATE_DONE };

dispatch *dispatch_new(struct lane *lane, kl_batch *batch)
{
    dispatch *d = calloc(1, sizeof *d);
    size_t count = kl_batch_count(batch);
    if (d) {
        d->lane = lane;
        d->batch = batch;
        d->count = count;
        d->started = batch_started(batch);
        d->state = calloc(count, sizeof *d->state);
        d->repeats = calloc(count, sizeof *d->repeats);
        d->results = calloc(count, sizeof *d->results);
    }
    if (d && d->state && d->repeats && d->results)
        return d;
    if (d)
        dispatch_free(d);
    else
        kl_batch_free(batch);
    return NULL;
}

/* The token is in one of them. */
static void free_headers(struct curl_slist *headers)
{
    for (struct curl_slist *h = headers; h; h = h->next)
        explicit_bzero(h->data, strlen(h->data));
    curl_slist_free_all(headers);
}

void dispatch_free(dispatch *d)
{
    for (size_t i = 0; d->repeats && i < d->repeat_count; i++)
        free(d->repeats[i].text);
    if (d->results)
        dispatch_results_stored(d);
    free(d->state);
    free(d->repeats);
    free(d->results);
    free(d->url);
    free_headers(d->headers);
    kl_batch_free(d->batch);
    free(d);
}

kl_status dispatch_address(dispatch *d, const endpoint *where, const char *phone_number_id, const char *token,
                           kl_error **error)
{
    buffer url = BUFFER_INIT, authorization = BUFFER_INIT;
    kl_status status = graph_messages_url(&url, where->base_url, where->api_version, phone_number_id, error);
    buffer_reserve(&authorization, strlen(token) + 32); /* at once: growing would leave a copy of the token behind */
    buffer_text(&authorization, "Authorization: Bearer ");
    buffer_text(&authorization, token);
    /* "Expect:" takes out a header that would cost a round trip. */
    const char *const lines[] = {"Content-Type: application/json", "Expect:", authorization.data};
    for (size_t i = 0; !status && i < sizeof lines / sizeof lines[0]; i++) {
        struct curl_slist *longer = authorization.broken ? NULL : curl_slist_append(d->headers, lines[i]);
        if (longer)
            d->headers = longer;
        else
            status = error_memory(error);
    }
    if (authorization.data)
        explicit_bzero(authorization.data, authorization.length);
    buffer_free(&authorization);
    d->url = url.data;
    return status;
}

bool dispatch_take_due(dispatch *d, int64_t now, repeat *out)
{
    for (size_t i = 0; i < d->repeat_count; i++) {
        if (d->repeats[i].due > now)
            continue;
        *out = d->repeats[i];
        d->repeats[i] = d->repeats[--d->repeat_count];
        return true;
    }
    return false;
}

int64_t dispatch_next_due(const dispatch *d)
{
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < d->repeat_count; i++)
        if (d->repeats[i].due < due)
            due = d->repeats[i].due;
    return due;
}

void dispatch_left(dispatch *d, size_t index)
{
    d->state[index] = STATE_IN_FLIGHT;
    d->in_flight++;
}

/* Both a result and a repeat end a request, or follow a repeat that was taken back before it became one. */
static void landed(dispatch *d, size_t index)
{
    if (d->state[index] == STATE_IN_FLIGHT)
        d->in_flight--;
}

void dispatch_repeat(dispatch *d, const repeat *again)
{
    landed(d, again->index);
    d->state[again->index] = STATE_WAITING;
    d->repeats[d->repeat_count++] = *again;
}

void dispatch_result(dispatch *d, size_t index, kl_send_outcome outcome, int code, char *text, int64_t now)
{
    landed(d, index);
    d->state[index] = STATE_DONE;
    d->done++;
    if (!d->result_count)
        d->results_since = now;
    d->results[d->result_count++] = (kl_send_result){
        .index = index,
        .outcome = outcome,
        .wa_message_id = outcome == KL_SEND_ACCEPTED ? text : NULL,
        .error_code = code,
        .error_text = outcome == KL_SEND_ACCEPTED ? NULL : text,
    };
}

void dispatch_results_stored(dispatch *d)
{
    for (size_t i = 0; i < d->result_count; i++) {
        free((char *)d->results[i].wa_message_id);
        free((char *)d->results[i].error_text);
    }
    d->result_count = 0;
}

void dispatch_defer(dispatch *d, const repeat *message, int64_t retry_after_ms, int64_t now)
{
    dispatch_result(d, message->index, KL_SEND_DEFERRED, message->code, message->text, now);
    d->results[d->result_count - 1].retry_after_ms = retry_after_ms > 0 ? retry_after_ms : 0;
}

size_t dispatch_close(dispatch *d, int64_t now)
{
    size_t unsent = d->started;
    while (!d->lost && unsent && d->state[unsent - 1] == STATE_WAITING)
        unsent--;
    for (size_t i = 0; i < d->repeat_count; i++) {
        repeat *r = &d->repeats[i];
        if (r->index < unsent && !d->lost)
            dispatch_defer(d, r, r->due - now, now);
        else
            free(r->text);
    }
    d->repeat_count = 0;
    for (size_t i = 0; d->lost && i < d->started; i++)
        if (d->state[i] == STATE_WAITING)
            dispatch_defer(d, &(repeat){.index = i}, 0, now);
    return unsent;
}
