/* Batches of the queue: single and deferred messages that are due. */
#include "core/batch_internal.h"

#include <stdlib.h>

#include <kloyst/error_policy.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"

/* Columns of queue/claim.sql. */
enum { COLUMN_RESTED, COLUMN_ID, COLUMN_CAMPAIGN, COLUMN_MOBILE, COLUMN_BODY, COLUMN_TEMPLATE, COLUMN_CATEGORY, COLUMN_ATTEMPTS,
       COLUMN_NUMBER, COLUMN_STARTED, COLUMN_LANGUAGE, COLUMN_FORMAT, COLUMN_NAMES, COLUMN_PARAMETERS,
       COLUMN_REFUSED, COLUMN_PLACES };

static kl_status take(const kl *handle, kl_batch *batch, const pg_rows *rows, int row, kl_error **error)
{
    batch_message *m = &batch->messages[batch->count];
    const char *mobile = pg_text(rows, row, COLUMN_MOBILE);
    *m = (batch_message){.id = pg_uuid(rows, row, COLUMN_ID), .campaign_id = pg_uuid(rows, row, COLUMN_CAMPAIGN),
                         .attempts = pg_int4(rows, row, COLUMN_ATTEMPTS)};
    m->mobile = batch_text(batch, mobile);
    m->template_name = batch_text(batch, pg_text(rows, row, COLUMN_TEMPLATE));
    m->template_language = batch_text(batch, pg_text(rows, row, COLUMN_LANGUAGE));
    m->category = batch_text(batch, pg_text(rows, row, COLUMN_CATEGORY));
    batch->count++;
    if (!pg_is_null(rows, row, COLUMN_BODY)) {
        m->body = batch_text(batch, pg_text(rows, row, COLUMN_BODY));
        return KL_OK;
    }
    batch_template t = {pg_text(rows, row, COLUMN_TEMPLATE), pg_text(rows, row, COLUMN_LANGUAGE),
                        pg_text(rows, row, COLUMN_FORMAT)[0] == 'N', rows, row, COLUMN_NAMES, COLUMN_PLACES};
    return batch_body(handle, batch, &t, &m->id, mobile, rows, row, COLUMN_PARAMETERS, &m->body, error);
}

/* Why a message is not sent any more, in the words of those who read its error. */
const char *batch_refusal_text(int code)
{
    switch (code) {
    case KL_ERROR_CODE_BLOCKED:
        return "the contact was blocked before the message left";
    case KL_ERROR_CODE_OPTED_OUT:
        return "the user stopped marketing messages before the message left";
    default:
        return "the conversation window closed before the message left";
    }
}

/* Takes the leased messages over. Those that an earlier lease had started may have left: they become UNKNOWN. Those that must
 * not be sent any more have failed. */
static kl_status take_over(kl *handle, kl_batch *batch, const pg_rows *rows, kl_error **error)
{
    int count = pg_rows_count(rows);
    size_t settled = 0;
    kl_status status = KL_OK;
    record_event *events = calloc((size_t)count + 1, sizeof *events);
    batch->messages = calloc((size_t)count + 1, sizeof *batch->messages);
    if (!events || !batch->messages)
        status = error_memory(error);
    if (!status)
        batch->phone_number_id = batch_text(batch, pg_text(rows, 0, COLUMN_NUMBER));
    for (int i = 0; !status && i < count; i++) {
        if (pg_bool(rows, i, COLUMN_STARTED))
            events[settled++] = (record_event){.message_id = pg_uuid(rows, i, COLUMN_ID), .status = KL_MESSAGE_UNKNOWN};
        else if (pg_int4(rows, i, COLUMN_REFUSED))
            events[settled++] = (record_event){.message_id = pg_uuid(rows, i, COLUMN_ID), .status = KL_MESSAGE_FAILED, .at = clock_now(),
                                               .error_code = pg_int4(rows, i, COLUMN_REFUSED),
                                               .error_text = batch_refusal_text(pg_int4(rows, i, COLUMN_REFUSED))};
        else
            status = take(handle, batch, rows, i, error);
    }
    if (!status && batch->text.broken)
        status = error_memory(error);
    if (!status && settled)
        status = batch_record(handle, batch, &(record_change){.events = events, .event_count = settled}, error);
    free(events);
    return status;
}

kl_status batch_claim_queue(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, int limit, int lease_ms,
                            kl_batch **out, kl_error **error)
{
    kl_status status = handle_need_keys(handle, error);
    while (!status) {
        pg_rows *rows = NULL;
        kl_batch *batch = batch_new(vendor_id);
        if (!batch)
            return error_memory(error);
        batch->waba_account_id = *waba_account_id;
        queue_lease lease = {*vendor_id, *waba_account_id, batch->key.lease_token};
        status = queue_claim(handle->pool, &lease, limit, lease_ms, &rows, error);
        bool rested = pg_int8(rows, 0, COLUMN_RESTED) > 0, leased = !status && !pg_is_null(rows, 0, COLUMN_ID);
        if (leased)
            status = take_over(handle, batch, rows, error);
        pg_rows_free(rows);
        if (!status && batch->count) {
            *out = batch;
            return KL_OK;
        }
        kl_batch_free(batch);
        /* Behind messages that cannot be sent there may be others that can. */
        if (!status && !leased && !rested) {
            status = queue_rest(handle->pool, &lease, error);
            if (!status)
                status = error_set(error, KL_ERR_EMPTY, "no message of the account's queue is due");
        }
    }
    return status;
}
