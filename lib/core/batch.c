/* The rules of batches: claiming and resuming those of a campaign, the intent before a request leaves, giving back. */
#include "core/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "core/batch_internal.h"
#include "core/campaign_life.h"

kl_batch *batch_new(const kl_uuid *vendor_id)
{
    kl_batch *batch = calloc(1, sizeof *batch);
    if (batch) {
        batch->key.vendor_id = *vendor_id;
        batch->key.no = -1;
        uuid_generate(&batch->key.lease_token);
        batch_text(batch, "");
    }
    return batch;
}

/* Message `index` of the whole batch. */
static kl_uuid message_id(const kl_batch *batch, int index)
{
    kl_uuid id;
    uuid_series_after(&batch->first_message_id, (uint32_t)index, &id);
    return id;
}

static kl_status fill(const kl *handle, kl_batch *batch, const batch_lease *lease, const pg_rows *rows, kl_error **error)
{
    size_t count = (size_t)pg_rows_count(rows);
    const batch_template t = {lease->template_name, lease->template_language, lease->named, lease->rows, 0, lease->names_column,
                              lease->places_column};
    if (count != (size_t)(lease->size - lease->started))
        return error_set(error, KL_ERR_CORRUPT, "batch %d has %zu recipients instead of %d", lease->no, count,
                         lease->size - lease->started);
    batch->messages = calloc(count + 1, sizeof *batch->messages);
    if (!batch->messages)
        return error_memory(error);
    size_t template_name = batch_text(batch, lease->template_name);
    size_t language = batch_text(batch, lease->template_language), category = batch_text(batch, lease->category);
    batch->phone_number_id = batch_text(batch, lease->phone_number_id);
    for (int i = 0; i < (int)count; i++) {
        batch_message *m = &batch->messages[batch->count];
        const char *mobile = pg_text(rows, i, 1);
        *m = (batch_message){.id = message_id(batch, batch->resumed_at + i), .campaign_id = batch->key.campaign_id,
                             .template_name = template_name, .template_language = language, .category = category,
                             .ordinal = batch->resumed_at + i, .price = pg_money(rows, i, 5)};
        if (!pg_is_null(rows, i, 4))
            m->contact_id = pg_uuid(rows, i, 4);
        kl_uuid id = pg_uuid(rows, i, 0);
        if (uuid_compare(&m->id, &id) != 0)
            return error_set(error, KL_ERR_CORRUPT, "batch %d misses a recipient", lease->no);
        if (pg_int4(rows, i, 3))
            continue;
        batch->count++;
        m->mobile = batch_text(batch, mobile);
        kl_status status = batch_body(handle, batch, &t, &id, mobile, rows, i, 2, &m->body, error);
        if (status)
            return status;
    }
    return batch->text.broken ? error_memory(error) : KL_OK;
}

/* Messages to users who stopped marketing, or to contacts that were blocked, since the campaign was enqueued have failed. Those
 * that an earlier lease settled so already are passed over. */
static kl_status settle_refused(kl *handle, const kl_batch *batch, const pg_rows *rows, kl_error **error)
{
    size_t count = 0;
    record_event *events = calloc((size_t)pg_rows_count(rows) + 1, sizeof *events);
    kl_status status = events ? KL_OK : error_memory(error);
    for (int i = 0; !status && i < pg_rows_count(rows); i++) {
        int code = pg_int4(rows, i, 3);
        if (code > 0)
            events[count++] = (record_event){.message_id = pg_uuid(rows, i, 0), .status = KL_MESSAGE_FAILED, .at = clock_now(),
                                             .error_code = code, .error_text = batch_refusal_text(code)};
    }
    if (!status && count)
        status = batch_record(handle, batch, &(record_change){.events = events, .event_count = count}, error);
    free(events);
    return status;
}

/* Up to where the whole batch is done with when the first `index` of its messages are: what lies between two of them failed. */
static int ordinal_of(const kl_batch *batch, size_t index)
{
    if (index == 0)
        return batch->resumed_at;
    return index == batch->count ? batch->size : batch->messages[index - 1].ordinal + 1;
}

/* Makes the batch of a lease: settles what an earlier worker had started, reads the rest. */
static kl_status take_over(kl *handle, kl_batch *batch, const batch_lease *lease, kl_error **error)
{
    batch->key.no = lease->no;
    batch->waba_account_id = lease->waba_account_id;
    batch->first_message_id = lease->first_message_id;
    kl_status status = KL_OK;
    if (lease->started > 0) {
        kl_uuid last = message_id(batch, lease->started - 1);
        status = batch_recover(handle->pool, &batch->key, &lease->first_message_id, &last, error);
    }
    if (status || lease->started == lease->size)
        return status;
    batch->resumed_at = lease->started;
    batch->size = lease->size;
    kl_uuid first = message_id(batch, lease->started), last = message_id(batch, lease->size - 1);
    pg_rows *rows = NULL;
    status = batch_recipients(handle->pool, &batch->key, &first, &last, &rows, error);
    if (!status)
        status = fill(handle, batch, lease, rows, error);
    if (!status)
        status = settle_refused(handle, batch, rows, error);
    pg_rows_free(rows);
    return status;
}

static kl_status none_waits(const batch_lease *lease, kl_error **error)
{
    if (lease->opens_at)
        return error_set(error, KL_ERR_STATE, "the campaign is outside its hours");
    bool queued = strcmp(lease->campaign_status, "QUEUED") == 0 || strcmp(lease->campaign_status, "PROCESSING") == 0 ||
                  strcmp(lease->campaign_status, "COMPLETED") == 0;
    return queued ? error_set(error, KL_ERR_EMPTY, "no batch of the campaign waits")
                  : error_set(error, KL_ERR_STATE, "the campaign is %s", lease->campaign_status);
}

kl_status batch_claim(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int lease_ms, kl_batch **out,
                      kl_error **error)
{
    kl_status status = handle_need_keys(handle, error);
    /* A resumed batch may have nothing left to send; it is settled in passing and the next one taken. */
    while (!status) {
        batch_lease lease = {0};
        kl_batch *batch = batch_new(vendor_id);
        if (!batch)
            return error_memory(error);
        batch->key.campaign_id = *campaign_id;
        status = batch_lease_next(handle->pool, vendor_id, campaign_id, &batch->key.lease_token, lease_ms, &lease, error);
        if (!status && !lease.leased && strcmp(lease.campaign_status, "CANCELLED") == 0)
            status = campaign_cancel(handle, vendor_id, campaign_id, NULL, error); /* what came back since */
        if (!status && !lease.leased)
            status = none_waits(&lease, error);
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

/* Ids of the messages from `from` to before `to`. NULL: no memory. */
static kl_uuid *ids_of(const kl_batch *batch, size_t from, size_t to)
{
    kl_uuid *ids = malloc((to - from + 1) * sizeof *ids);
    for (size_t i = from; ids && i < to; i++)
        ids[i - from] = batch->messages[i].id;
    return ids;
}

static queue_lease lease_of(const kl_batch *batch)
{
    return (queue_lease){batch->key.vendor_id, batch->waba_account_id, batch->key.lease_token};
}

kl_status batch_start(kl *handle, kl_batch *batch, size_t index, kl_error **error)
{
    kl_status status;
    if (index > batch->count)
        return error_set(error, KL_ERR_ARGUMENT, "the batch has only %zu messages", batch->count);
    if (index <= batch->started)
        return KL_OK;
    if (batch_of_queue(batch)) {
        queue_lease lease = lease_of(batch);
        kl_uuid *ids = ids_of(batch, batch->started, index);
        status = ids ? queue_start(handle->pool, &lease, ids, index - batch->started, error) : error_memory(error);
        free(ids);
    } else {
        status = batch_set_started(handle->pool, &batch->key, ordinal_of(batch, index), error);
    }
    if (!status)
        batch->started = index;
    return status;
}

kl_status batch_renew(kl *handle, kl_batch *batch, int lease_ms, kl_error **error)
{
    if (!batch_of_queue(batch))
        return batch_extend(handle->pool, &batch->key, lease_ms, error);
    queue_lease lease = lease_of(batch);
    kl_uuid *ids = ids_of(batch, 0, batch->count);
    kl_status status = ids ? queue_extend(handle->pool, &lease, ids, batch->count, lease_ms, error) : error_memory(error);
    free(ids);
    return status;
}

kl_status batch_release(kl *handle, kl_batch *batch, kl_error **error)
{
    return batch_release_from(handle, batch, batch->started, error);
}

kl_status batch_release_from(kl *handle, kl_batch *batch, size_t index, kl_error **error)
{
    size_t started = batch->started;
    if (index < batch->started)
        batch->started = index;
    if (!batch_of_queue(batch)) {
        kl_status given = batch_give_back(handle->pool, &batch->key, ordinal_of(batch, batch->started), error);
        if (given)
            batch->started = started; /* for its results */
        return given;
    }
    queue_lease lease = lease_of(batch);
    kl_uuid *ids = ids_of(batch, batch->started, batch->count);
    kl_status status =
        ids ? queue_give_back(handle->pool, &lease, ids, batch->count - batch->started, error) : error_memory(error);
    free(ids);
    return status;
}

size_t batch_started(const kl_batch *batch)
{
    return batch->started;
}

void kl_batch_free(kl_batch *batch)
{
    if (!batch)
        return;
    free(batch->messages);
    buffer_free(&batch->text);
    free(batch);
}
