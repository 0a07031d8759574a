/* The life of campaigns: schedule, pause, resume, cancel, retry, and the start of what is due. */
#include "core/campaign_life.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/uuid.h"
#include "core/campaign.h"
#include "core/template_check.h"
#include "core/template_price.h"
#include "meta/error_policy.h"
#include "repo/campaign_life.h"
#include "repo/common.h"

enum { RETRY_TIMEOUT_MS = 600 * 1000 };

static const char *name_of(kl_campaign_status status)
{
    static const char *const names[] = {"",       "a DRAFT",   "QUEUED", "PROCESSING", "COMPLETED",
                                        "FAILED", "SCHEDULED", "PAUSED", "CANCELLED"};
    return names[status];
}

static kl_status refuse(const campaign_change *change, kl_error **error)
{
    return error_set(error, KL_ERR_STATE, "the campaign is %s", name_of(change->found));
}

kl_status campaign_schedule(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, kl_time at, bool leave_out_invalid,
                            int64_t *recipients, kl_error **error)
{
    campaign_change change;
    kl_status status = campaign_move(handle->pool, vendor_id, id, at, &change, error);
    if (status)
        return status;
    if (change.found == KL_CAMPAIGN_DRAFT)
        return change.in_time ? campaign_enqueue(handle, vendor_id, id, leave_out_invalid, at, recipients, error)
                              : campaign_not_ahead(error);
    if (change.found != KL_CAMPAIGN_SCHEDULED)
        return refuse(&change, error);
    if (!change.done)
        return campaign_not_ahead(error);
    if (recipients)
        *recipients = change.messages;
    return KL_OK;
}

kl_status campaign_pause(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, const char *reason, kl_error **error)
{
    campaign_change change;
    kl_status status = campaign_stop(handle->pool, vendor_id, id, reason, &change, error);
    return status || change.done ? status : refuse(&change, error);
}

kl_status campaign_resume(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, const kl_uuid *breaker_id, kl_error **error)
{
    for (;;) {
        campaign_change change;
        kl_status status = campaign_go_on(handle->pool, vendor_id, id, breaker_id, &change, error);
        if (status || change.done)
            return status;
        if (change.rests)
            return template_resting("", error);
        if (!change.mispriced)
            return refuse(&change, error);
        status = template_reprice_campaign(handle, vendor_id, id, error);
        if (status)
            return status;
    }
}

kl_status campaign_cancel(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, int64_t *cancelled, kl_error **error)
{
    campaign_change change;
    kl_status status = campaign_end(handle->pool, vendor_id, id, &change, error);
    if (!status && !change.done)
        status = refuse(&change, error);
    if (!status && cancelled)
        *cancelled = change.messages;
    return status;
}

/* The codes that a retry is for: those named, or all but those whose cause stays, or that may have been sent. */
static kl_status choose_codes(const int *codes, size_t count, campaign_codes *out, int32_t **memory, kl_error **error)
{
    size_t rows = count ? count : error_policy_count() + 1;
    int32_t *first = *memory = calloc(rows, 2 * sizeof *first), *last = first + rows;
    if (!first)
        return error_memory(error);
    *out = (campaign_codes){.first = first, .last = last, .inside = count > 0};
    for (size_t i = 0; i < count; i++)
        first[i] = last[i] = codes[i];
    if (count)
        out->count = count;
    else
        out->count = 1; /* 0: without a code, nobody knows why */
    for (size_t i = 0; !count && i < error_policy_count(); i++) {
        const error_policy *policy = error_policy_at(i);
        if (policy->class != ERROR_PERMANENT && policy->class != ERROR_UNKNOWN_OUTCOME)
            continue;
        first[out->count] = policy->first;
        last[out->count++] = policy->last;
    }
    return KL_OK;
}

static kl_status need_template(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, kl_error **error)
{
    pg_rows *rows = NULL;
    kl_status status = campaign_template_rests(c, vendor_id, id, &rows, error);
    if (!status && pg_rows_count(rows) && !pg_is_null(rows, 0, 0))
        status = template_resting(pg_text(rows, 0, 0), error);
    pg_rows_free(rows);
    return status;
}

/* Everything between BEGIN and COMMIT. */
static kl_status retry_inside(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, const campaign_codes *codes,
                              int64_t *messages, kl_error **error)
{
    campaign_draft draft = {0};
    campaign_series series = {0}; /* each at the price that the failed one had */
    kl_uuid hold_id;
    uuid_generate(&hold_id);
    kl_status status = campaign_lock(c, vendor_id, id, &draft, error);
    if (!status && draft.status != KL_CAMPAIGN_QUEUED && draft.status != KL_CAMPAIGN_PROCESSING &&
        draft.status != KL_CAMPAIGN_COMPLETED)
        status = error_set(error, KL_ERR_STATE, "the campaign is %s", name_of(draft.status));
    if (!status)
        status = need_template(c, vendor_id, id, error);
    series.first = draft.first_message_id;
    series.from = (int64_t)draft.batches * CAMPAIGN_BATCH_SIZE;
    if (!status)
        status = campaign_write_retries(c, vendor_id, id, &draft, codes, &series, error);
    if (!status && series.count == 0)
        status = error_set(error, KL_ERR_EMPTY, "no failed message can be sent again");
    if (!status && series.from + series.count > INT32_MAX)
        status = error_set(error, KL_ERR_LIMIT, "a campaign has at most %d messages", INT32_MAX);
    if (!status && series.cost)
        status = campaign_hold_cost(c, vendor_id, id, &series, &hold_id, error);
    if (!status)
        status = campaign_write_retry_batches(c, vendor_id, id, &draft, &series, series.cost ? &hold_id : NULL, error);
    *messages = series.count;
    campaign_draft_free(&draft);
    return status;
}

static kl_status retry_once(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, const campaign_codes *codes,
                            int64_t *messages, kl_error **error)
{
    pg_connection *c = NULL;
    pg_scope scope = tenant(vendor_id);
    scope.timeout_ms = RETRY_TIMEOUT_MS;
    kl_status status = pg_pool_take(handle->pool, &c, error);
    if (!status)
        status = pg_begin(c, &scope, error);
    if (!status) {
        status = retry_inside(c, vendor_id, id, codes, messages, error);
        if (status)
            pg_rollback(c);
        else
            status = pg_commit(c, error);
    }
    pg_pool_give(handle->pool, c);
    return status;
}

kl_status campaign_retry_failed(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, const int *codes, size_t count,
                                int64_t *messages, kl_error **error)
{
    campaign_codes chosen;
    int32_t *memory = NULL;
    int64_t written = 0;
    kl_error *why = NULL;
    kl_status status = choose_codes(codes, count, &chosen, &memory, error);
    for (int attempt = 0; !status; attempt++) {
        status = retry_once(handle, vendor_id, id, &chosen, &written, &why);
        if (!status || !pg_pool_retry(status, attempt))
            break;
        kl_error_free(why);
        why = NULL;
        status = KL_OK;
    }
    if (why && error && !*error)
        *error = why;
    else
        kl_error_free(why);
    if (!status && messages)
        *messages = written;
    free(memory);
    return status;
}

kl_status campaign_start_due(kl *handle, int limit, int64_t *started, kl_error **error)
{
    pg_rows *rows = NULL;
    int64_t count = 0;
    kl_status status = campaign_list_due(handle->pool, limit, &rows, error);
    for (int i = 0; !status && i < pg_rows_count(rows); i++) {
        kl_uuid vendor_id = pg_uuid(rows, i, 0), id = pg_uuid(rows, i, 1);
        bool one = false;
        status = campaign_start(handle->pool, &vendor_id, &id, &one, error);
        count += one;
    }
    pg_rows_free(rows);
    if (started)
        *started = count;
    return status;
}
