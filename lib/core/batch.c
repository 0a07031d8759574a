/* The rules of batches: claiming and resuming, the intent before a request leaves, results and refunds. */
#include "core/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "crypto/tracker.h"
#include "meta/graph_request.h"
#include "repo/batch.h"

enum { PARAMETERS_MAX = 64, ERROR_TEXT_BYTES = 500, WAMID_BYTES = 1024 };

struct kl_batch {
    batch_key key;
    kl_uuid first_message_id; /* of the batch, also of a resumed one */
    int resumed_at;           /* messages that an earlier worker had started */
    size_t count;
    size_t started;           /* of count */
    size_t *mobiles;          /* offsets into text */
    size_t *bodies;
    buffer text;
};

static kl_uuid message_id(const kl_batch *batch, size_t index)
{
    kl_uuid id, base = batch->first_message_id;
    uint32_t ordinal = (uint32_t)base.bytes[12] << 24 | (uint32_t)base.bytes[13] << 16 | (uint32_t)base.bytes[14] << 8 |
                       base.bytes[15];
    uuid_series_at(&base, ordinal + (uint32_t)batch->resumed_at + (uint32_t)index, &id);
    return id;
}

/* Appends the JSON body of one message and its NUL. */
static kl_status append_body(const kl *handle, kl_batch *batch, const batch_lease *lease, const pg_rows *rows, int row,
                             kl_error **error)
{
    graph_parameter parameters[PARAMETERS_MAX];
    char *copies[2 * PARAMETERS_MAX];
    size_t count = 0, copied = 0, length;
    const char *text, *name;
    char tracker[TRACKER_TEXT];
    kl_uuid id = message_id(batch, (size_t)row);
    pg_array_walk values = pg_array_start(rows, row, 2);
    pg_array_walk names = pg_array_start(lease->rows, 0, lease->names_column);
    kl_status status = tracker_make(handle->keys, &batch->key.vendor_id, &id, tracker, error);
    while (!status && count < PARAMETERS_MAX && pg_array_next(&values, &text, &length)) {
        parameters[count] = (graph_parameter){.text = copies[copied++] = strndup(text ? text : "", length)};
        if (lease->named && pg_array_next(&names, &name, &length))
            parameters[count].name = copies[copied++] = strndup(name ? name : "", length);
        if (!copies[copied - 1] || !parameters[count].text)
            status = error_memory(error);
        count++;
    }
    if (!status)
        status = graph_template_message(&batch->text, pg_text(rows, row, 1), tracker, lease->template_name,
                                        lease->template_language, parameters, count, error);
    buffer_byte(&batch->text, '\0');
    while (copied)
        free(copies[--copied]);
    return status;
}

static kl_status fill(const kl *handle, kl_batch *batch, const batch_lease *lease, const pg_rows *rows, kl_error **error)
{
    size_t count = (size_t)pg_rows_count(rows);
    if (count != (size_t)(lease->size - lease->started))
        return error_set(error, KL_ERR_CORRUPT, "batch %d has %zu recipients instead of %d", lease->no, count,
                         lease->size - lease->started);
    batch->mobiles = calloc(count + 1, sizeof *batch->mobiles);
    batch->bodies = calloc(count + 1, sizeof *batch->bodies);
    if (!batch->mobiles || !batch->bodies)
        return error_memory(error);
    for (size_t i = 0; i < count; i++) {
        kl_uuid expected = message_id(batch, i), id = pg_uuid(rows, (int)i, 0);
        if (uuid_compare(&expected, &id) != 0)
            return error_set(error, KL_ERR_CORRUPT, "batch %d misses a recipient", lease->no);
        batch->mobiles[i] = batch->text.length;
        buffer_append(&batch->text, pg_text(rows, (int)i, 1), strlen(pg_text(rows, (int)i, 1)) + 1);
        batch->bodies[i] = batch->text.length;
        kl_status status = append_body(handle, batch, lease, rows, (int)i, error);
        if (status)
            return status;
    }
    batch->count = count;
    return batch->text.broken ? error_memory(error) : KL_OK;
}

/* Makes the batch of a lease: settles what an earlier worker had started, reads the rest. */
static kl_status take_over(kl *handle, kl_batch *batch, const batch_lease *lease, kl_error **error)
{
    batch->key.no = lease->no;
    batch->first_message_id = lease->first_message_id;
    kl_status status = KL_OK;
    if (lease->started > 0) {
        kl_uuid last = message_id(batch, (size_t)lease->started - 1);
        status = batch_recover(handle->pool, &batch->key, &lease->first_message_id, &last, error);
    }
    if (status || lease->started == lease->size)
        return status;
    batch->resumed_at = lease->started;
    kl_uuid first = message_id(batch, 0), last = message_id(batch, (size_t)(lease->size - lease->started) - 1);
    pg_rows *rows = NULL;
    status = batch_recipients(handle->pool, &batch->key.vendor_id, &first, &last, &rows, error);
    if (!status)
        status = fill(handle, batch, lease, rows, error);
    pg_rows_free(rows);
    return status;
}

kl_status batch_claim(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int lease_ms, kl_batch **out,
                      kl_error **error)
{
    kl_status status = handle_need_keys(handle, error);
    /* A resumed batch may have nothing left to send; it is settled in passing and the next one taken. */
    while (!status) {
        batch_lease lease = {0};
        kl_batch *batch = calloc(1, sizeof *batch);
        if (!batch)
            return error_memory(error);
        batch->key.vendor_id = *vendor_id;
        batch->key.campaign_id = *campaign_id;
        uuid_generate(&batch->key.lease_token);
        status = batch_lease_next(handle->pool, vendor_id, campaign_id, &batch->key.lease_token, lease_ms, &lease, error);
        if (!status && !lease.leased) {
            bool queued = strcmp(lease.campaign_status, "QUEUED") == 0 || strcmp(lease.campaign_status, "PROCESSING") == 0 ||
                          strcmp(lease.campaign_status, "COMPLETED") == 0;
            status = queued ? error_set(error, KL_ERR_EMPTY, "no batch of the campaign waits")
                            : error_set(error, KL_ERR_STATE, "the campaign is %s", lease.campaign_status);
        }
        if (!status)
            status = take_over(handle, batch, &lease, error);
        pg_rows_free(lease.rows);
        if (!status && batch->count) {
            *out = batch;
            return KL_OK;
        }
        kl_batch_free(batch);
    }
    return status;
}

kl_status batch_start(kl *handle, kl_batch *batch, size_t index, kl_error **error)
{
    if (index > batch->count)
        return error_set(error, KL_ERR_ARGUMENT, "the batch has only %zu messages", batch->count);
    if (index <= batch->started)
        return KL_OK;
    kl_status status = batch_set_started(handle->pool, &batch->key, batch->resumed_at + (int)index, error);
    if (!status)
        batch->started = index;
    return status;
}

kl_status batch_renew(kl *handle, kl_batch *batch, int lease_ms, kl_error **error)
{
    return batch_extend(handle->pool, &batch->key, lease_ms, error);
}

/* One line of valid UTF-8, cut at ERROR_TEXT_BYTES; malloc'ed, NULL when there is no text or no memory. */
static char *tidy_error_text(const char *text)
{
    if (!text || !*text)
        return NULL;
    size_t length = strnlen(text, ERROR_TEXT_BYTES);
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

static kl_status event_of(const kl_batch *batch, const kl_send_result *result, record_event *event, kl_error **error)
{
    if (result->index >= batch->started)
        return error_set(error, KL_ERR_ARGUMENT, "message %zu was not started", result->index);
    *event = (record_event){.message_id = message_id(batch, result->index), .at = clock_now()};
    switch (result->outcome) {
    case KL_SEND_ACCEPTED:
        if (!result->wa_message_id || !*result->wa_message_id)
            return error_set(error, KL_ERR_ARGUMENT, "message %zu was accepted without a wamid", result->index);
        if (strnlen(result->wa_message_id, WAMID_BYTES + 1) > WAMID_BYTES)
            return error_set(error, KL_ERR_TOO_LONG, "the wamid of message %zu is longer than %d bytes", result->index,
                             WAMID_BYTES);
        if (!utf8_valid(result->wa_message_id, strlen(result->wa_message_id)))
            return error_set(error, KL_ERR_ENCODING, "the wamid of message %zu is not valid UTF-8", result->index);
        event->status = KL_MESSAGE_SENT;
        event->wa_message_id = result->wa_message_id;
        return KL_OK;
    case KL_SEND_FAILED:
        event->status = KL_MESSAGE_FAILED;
        event->error_code = result->error_code;
        event->error_text = tidy_error_text(result->error_text);
        return KL_OK;
    case KL_SEND_UNKNOWN:
        event->status = KL_MESSAGE_UNKNOWN;
        return KL_OK;
    }
    return error_set(error, KL_ERR_ARGUMENT, "message %zu has no such outcome", result->index);
}

kl_status batch_complete(kl *handle, kl_batch *batch, const kl_send_result *results, size_t count, kl_error **error)
{
    record_event *events = calloc(count + 1, sizeof *events);
    kl_status status = events ? KL_OK : error_memory(error);
    size_t made = 0;
    while (!status && made < count) {
        status = event_of(batch, &results[made], &events[made], error);
        made++;
    }
    if (!status && count)
        status = batch_store(handle->pool, &batch->key, events, count, error);
    for (size_t i = 0; i < made; i++)
        free((char *)events[i].error_text);
    free(events);
    return status;
}

kl_status batch_release(kl *handle, kl_batch *batch, kl_error **error)
{
    return batch_release_from(handle, batch, batch->started, error);
}

kl_status batch_release_from(kl *handle, kl_batch *batch, size_t index, kl_error **error)
{
    if (index < batch->started)
        batch->started = index;
    return batch_give_back(handle->pool, &batch->key, batch->resumed_at + (int)batch->started, error);
}

size_t batch_started(const kl_batch *batch)
{
    return batch->started;
}

size_t kl_batch_count(const kl_batch *batch)
{
    return batch ? batch->count : 0;
}

kl_uuid kl_batch_message_id(const kl_batch *batch, size_t index)
{
    return batch && index < batch->count ? message_id(batch, index) : (kl_uuid){{0}};
}

const char *kl_batch_mobile(const kl_batch *batch, size_t index)
{
    return batch && index < batch->count ? batch->text.data + batch->mobiles[index] : "";
}

const char *kl_batch_body(const kl_batch *batch, size_t index)
{
    return batch && index < batch->count ? batch->text.data + batch->bodies[index] : "";
}

kl_uuid kl_batch_campaign_id(const kl_batch *batch)
{
    return batch ? batch->key.campaign_id : (kl_uuid){{0}};
}

kl_uuid kl_batch_vendor_id(const kl_batch *batch)
{
    return batch ? batch->key.vendor_id : (kl_uuid){{0}};
}

int kl_batch_no(const kl_batch *batch)
{
    return batch ? batch->key.no : -1;
}

void kl_batch_free(kl_batch *batch)
{
    if (!batch)
        return;
    free(batch->mobiles);
    free(batch->bodies);
    buffer_free(&batch->text);
    free(batch);
}
