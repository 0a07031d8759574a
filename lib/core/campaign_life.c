/* The life of campaigns: schedule, pause, resume, cancel, retry, and the start of what is due. */
#include "core/campaign_life.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/uuid.h"
#include "core/campaign.h"
#include "core/error_codes.h"
#include "core/template_check.h"
#include "core/template_price.h"
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

/* The codes that a retry is for: those named. */
static kl_status named_codes(const int *codes, size_t count, campaign_codes *out, int32_t **memory, kl_error **error)
{
    int32_t *named = *memory = calloc(count + 1, sizeof *named);
    if (!named)
        return error_memory(error);
    for (size_t i = 0; i < count; i++)
        named[i] = codes[i];
    *out = (campaign_codes){{named, named, count}, true};
    return KL_OK;
}

/* Code 0 stands for a failure without a code, too: nobody knows why, and nobody retries it unless by that code. */
static bool stays(const error_policy *policy, const void *context)
{
    (void)context;
    return policy->first == 0 || policy->class == ERROR_PERMANENT || policy->class == ERROR_UNKNOWN_OUTCOME;
}

static bool of_class(const error_policy *policy, const void *context)
{
    return policy->first != 0 && (int)policy->class == *(const int *)context;
}

static bool not_of_class(const error_policy *policy, const void *context)
{
    return !of_class(policy, context);
}

/* Those of a class, 0: all but those whose cause stays, or that may have been sent. Codes that the table does not know count as
 * those that pass. */
static kl_status class_codes(int class, campaign_codes *out, int32_t **memory, kl_error **error)
{
    out->inside = class && class != (int)error_policy_for(INT32_MAX)->class;
    return error_codes(out->inside ? of_class : class ? not_of_class : stays, &class, &out->ranges, memory) ? KL_OK
                                                                                                        : error_memory(error);
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

/* Takes over `memory`, where the codes are. */
static kl_status retry(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, const campaign_codes *codes, int32_t *memory,
                       int64_t *messages, kl_error **error)
{
    int64_t written = 0;
    kl_error *why = NULL;
    kl_status status = retry_once(handle, vendor_id, id, codes, &written, &why);
    for (int attempt = 0; pg_pool_retry(status, attempt); attempt++) {
        kl_error_free(why);
        why = NULL;
        status = retry_once(handle, vendor_id, id, codes, &written, &why);
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

kl_status campaign_retry_failed(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, const int *codes, size_t count,
                                int64_t *messages, kl_error **error)
{
    campaign_codes chosen;
    int32_t *memory = NULL;
    kl_status status = count ? named_codes(codes, count, &chosen, &memory, error) : class_codes(0, &chosen, &memory, error);
    return status ? status : retry(handle, vendor_id, id, &chosen, memory, messages, error);
}

kl_status campaign_retry_class(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, kl_error_class error_class,
                               int64_t *messages, kl_error **error)
{
    campaign_codes chosen;
    int32_t *memory = NULL;
    kl_status status = class_codes((int)error_class, &chosen, &memory, error);
    return status ? status : retry(handle, vendor_id, id, &chosen, memory, messages, error);
}

kl_status campaign_start_due(kl *handle, int limit, int64_t *started, kl_error **error)
{
    pg_rows *rows = NULL;
    int64_t count = 0;
    kl_status status = campaign_list_due(handle->pool, limit, &rows, error);
    for (int i = 0; !handle_trouble_of_all(status) && i < pg_rows_count(rows); i++) {
        kl_uuid vendor_id = pg_uuid(rows, i, 0), id = pg_uuid(rows, i, 1);
        bool begun = false;
        kl_status one = campaign_start(handle->pool, &vendor_id, &id, &begun, error);
        status = status ? status : one;
        count += begun;
    }
    pg_rows_free(rows);
    if (started)
        *started = count;
    return status;
}
