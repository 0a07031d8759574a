/* The results of a batch: what was sent, refused for good, lost or is to be sent again. */
#include "core/batch_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/utf8.h"

enum { WAMID_BYTES = 1024 };
#define RETRY_MOST_MS INT64_C(2592000000) /* 30 days */

/* The results of one call as a change. */
typedef struct outcome_set {
    record_event *events;
    record_deferral *deferrals;
    size_t event_count, deferral_count;
} outcome_set;

/* One line of valid UTF-8, cut at RECORD_ERROR_TEXT; malloc'ed, NULL when there is no text or no memory. */
static char *tidy_error_text(const char *text)
{
    if (!text || !*text)
        return NULL;
    size_t length = strnlen(text, RECORD_ERROR_TEXT);
    while (length && ((unsigned char)text[length] & 0xC0) == 0x80)
        length--; /* not in the middle of a character */
    if (!utf8_valid(text, length))
        return NULL;
    char *copy = strndup(text, length);
    for (char *c = copy; c && *c; c++)
        if ((unsigned char)*c < 0x20)
            *c = ' ';
    return copy;
}

static kl_status check_wamid(const kl_send_result *result, kl_error **error)
{
    const char *wamid = result->wa_message_id;
    if (!wamid || !*wamid)
        return error_set(error, KL_ERR_ARGUMENT, "message %zu was accepted without a wamid", result->index);
    if (strnlen(wamid, WAMID_BYTES + 1) > WAMID_BYTES)
        return error_set(error, KL_ERR_TOO_LONG, "the wamid of message %zu is longer than %d bytes", result->index, WAMID_BYTES);
    if (!utf8_valid(wamid, strlen(wamid)))
        return error_set(error, KL_ERR_ENCODING, "the wamid of message %zu is not valid UTF-8", result->index);
    return KL_OK;
}

static kl_status add(outcome_set *set, const kl_batch *batch, const kl_send_result *result, kl_time now, kl_error **error)
{
    if (result->index >= batch->started)
        return error_set(error, KL_ERR_ARGUMENT, "message %zu was not started", result->index);
    const batch_message *m = &batch->messages[result->index];
    record_event *event = &set->events[set->event_count];
    *event = (record_event){.message_id = m->id, .at = now};
    switch (result->outcome) {
    case KL_SEND_ACCEPTED:
        event->status = KL_MESSAGE_SENT;
        event->wa_message_id = result->wa_message_id;
        set->event_count++;
        return check_wamid(result, error);
    case KL_SEND_FAILED:
        event->status = KL_MESSAGE_FAILED;
        event->error_code = result->error_code;
        event->error_text = tidy_error_text(result->error_text);
        set->event_count++;
        return KL_OK;
    case KL_SEND_UNKNOWN:
        event->status = KL_MESSAGE_UNKNOWN;
        set->event_count++;
        return KL_OK;
    case KL_SEND_DEFERRED:
        if (result->retry_after_ms < 0 || result->retry_after_ms > RETRY_MOST_MS)
            return error_set(error, KL_ERR_ARGUMENT, "retry_after_ms of message %zu is not 0 to 30 days", result->index);
        set->deferrals[set->deferral_count++] =
            (record_deferral){m->id, event->at + 1000 * result->retry_after_ms, result->error_code, m->attempts + 1};
        return KL_OK;
    }
    return error_set(error, KL_ERR_ARGUMENT, "message %zu has no such outcome", result->index);
}

/* Messages of a campaign that was cancelled meanwhile are not sent again: their last refusal is what they failed of. */
static kl_status fail_dropped(kl *handle, const kl_batch *batch, const outcome_set *set, const pg_rows *dropped,
                              kl_error **error)
{
    size_t count = (size_t)pg_rows_count(dropped);
    record_event *events = calloc(count + 1, sizeof *events);
    if (!events)
        return error_memory(error);
    for (size_t i = 0; i < count; i++) {
        events[i] = (record_event){.message_id = pg_uuid(dropped, (int)i, 0), .status = KL_MESSAGE_FAILED, .at = clock_now(),
                                   .error_text = "the campaign was cancelled"};
        for (size_t d = 0; d < set->deferral_count; d++)
            if (memcmp(&set->deferrals[d].message_id, &events[i].message_id, sizeof(kl_uuid)) == 0)
                events[i].error_code = set->deferrals[d].error_code;
    }
    kl_status status = batch_record(handle, batch, &(record_change){.events = events, .event_count = count}, error);
    free(events);
    return status;
}

static kl_status store(kl *handle, const kl_batch *batch, const record_change *change, pg_rows **dropped, kl_error **error)
{
    if (!batch_of_queue(batch))
        return batch_store(handle->pool, &batch->key, change, dropped, error);
    kl_uuid *ids = malloc((change->event_count + change->deferral_count + 1) * sizeof *ids);
    size_t count = 0;
    if (!ids)
        return error_memory(error);
    for (size_t i = 0; i < change->event_count; i++)
        ids[count++] = change->events[i].message_id;
    for (size_t i = 0; i < change->deferral_count; i++)
        ids[count++] = change->deferrals[i].message_id;
    kl_status status = queue_store(handle->pool, &batch->key.vendor_id, ids, count, change, dropped, error);
    free(ids);
    return status;
}

kl_status batch_record(kl *handle, const kl_batch *batch, const record_change *change, kl_error **error)
{
    pg_rows *dropped = NULL;
    kl_status status = store(handle, batch, change, &dropped, error);
    pg_rows_free(dropped);
    return status;
}

/* The results in the order of their messages, when they are the usual ones: of a campaign's batch, all accepted, none twice.
 * NULL: they are not, or there is no memory for it; what is known of each message must then be asked for. */
static const kl_send_result **all_accepted(const kl_batch *batch, const kl_send_result *results, size_t count)
{
    if (batch_of_queue(batch) || !count)
        return NULL;
    const kl_send_result **places = calloc(batch->started, sizeof *places);
    bool usual = places;
    for (size_t i = 0; usual && i < count; i++) {
        const kl_send_result **place = &places[results[i].index];
        usual = results[i].outcome == KL_SEND_ACCEPTED && !*place;
        *place = &results[i];
    }
    if (!usual) {
        free(places);
        return NULL;
    }
    size_t filled = 0;
    for (size_t i = 0; i < batch->started; i++)
        if (places[i])
            places[filled++] = places[i];
    return places;
}

/* Of such results, already checked. *stored: done; else something is known of one of the messages. */
static kl_status store_accepted(kl *handle, const kl_batch *batch, const kl_send_result *const *results, size_t count,
                                kl_time now, bool *stored, kl_error **error)
{
    kl_uuid *ids = malloc(count * sizeof *ids), *contacts = malloc(count * sizeof *contacts);
    const char **wamids = malloc(count * sizeof *wamids), **mobiles = malloc(count * sizeof *mobiles);
    kl_money *prices = malloc(count * sizeof *prices);
    kl_status status = ids && contacts && wamids && mobiles && prices ? KL_OK : error_memory(error);
    for (size_t i = 0; !status && i < count; i++) {
        const batch_message *m = &batch->messages[results[i]->index];
        ids[i] = m->id;
        contacts[i] = m->contact_id;
        wamids[i] = results[i]->wa_message_id;
        mobiles[i] = batch->text.data + m->mobile;
        prices[i] = m->price;
    }
    record_accepted accepted = {ids, wamids, contacts, mobiles, prices, count, now};
    if (!status)
        status = batch_store_accepted(handle->pool, &batch->key, &accepted, stored, error);
    free(ids);
    free(contacts);
    free(wamids);
    free(mobiles);
    free(prices);
    return status;
}

kl_status batch_complete(kl *handle, kl_batch *batch, const kl_send_result *results, size_t count, kl_error **error)
{
    outcome_set set = {calloc(count + 1, sizeof *set.events), calloc(count + 1, sizeof *set.deferrals), 0, 0};
    pg_rows *dropped = NULL;
    bool stored = false;
    kl_time now = clock_now();
    kl_status status = set.events && set.deferrals ? KL_OK : error_memory(error);
    for (size_t i = 0; !status && i < count; i++)
        status = add(&set, batch, &results[i], now, error);
    const kl_send_result **accepted = status ? NULL : all_accepted(batch, results, count);
    if (accepted)
        status = store_accepted(handle, batch, accepted, count, now, &stored, error);
    free(accepted);
    record_change change = {.events = set.events, .event_count = set.event_count, .deferrals = set.deferrals,
                            .deferral_count = set.deferral_count};
    if (!status && count && !stored)
        status = store(handle, batch, &change, &dropped, error);
    if (!status && pg_rows_count(dropped))
        status = fail_dropped(handle, batch, &set, dropped, error);
    pg_rows_free(dropped);
    for (size_t i = 0; i < set.event_count; i++)
        free((char *)set.events[i].error_text);
    free(set.events);
    free(set.deferrals);
    return status;
}
