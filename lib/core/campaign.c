/* The rules of campaigns: preflight and enqueueing. */
#include "core/campaign.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "core/audience.h"
#include "core/campaign_template.h"
#include "repo/common.h"

/* Writing a row per recipient takes as long as there are recipients. */
enum { ENQUEUE_TIMEOUT_MS = 3600 * 1000 };

struct kl_preflight {
    campaign_audience audience;
    size_t listed;
    kl_uuid *contact_ids;
    char **mobiles;
    int *parameters;
    char **reasons;
};

static kl_status need_draft(kl_campaign_status status, kl_error **error)
{
    return status == KL_CAMPAIGN_DRAFT ? KL_OK : error_set(error, KL_ERR_STATE, "the campaign is not a DRAFT");
}

/* Reads and locks a DRAFT, and compiles its audience. Release with draft_free, also after a failure. */
static kl_status read_draft(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, kl_time starts_at,
                            campaign_draft *draft, kl_error **error)
{
    kl_status status = campaign_template_take(c, vendor_id, id, starts_at, error);
    if (!status)
        status = campaign_lock(c, vendor_id, id, draft, error);
    if (!status)
        status = need_draft(draft->status, error);
    if (!status)
        status = audience_parse(draft->audience, draft->audience ? strlen(draft->audience) : 0, &draft->choice, error);
    return status;
}

static void draft_free(campaign_draft *draft)
{
    audience_free(&draft->choice);
    campaign_draft_free(draft);
}

static kl_status fill_list(kl_preflight *preflight, const pg_rows *rows, kl_error **error)
{
    size_t count = (size_t)pg_rows_count(rows);
    preflight->contact_ids = calloc(count + 1, sizeof(kl_uuid));
    preflight->mobiles = calloc(count + 1, sizeof(char *));
    preflight->parameters = calloc(count + 1, sizeof(int));
    preflight->reasons = calloc(count + 1, sizeof(char *));
    if (!preflight->contact_ids || !preflight->mobiles || !preflight->parameters || !preflight->reasons)
        return error_memory(error);
    for (size_t i = 0; i < count; i++) {
        preflight->contact_ids[i] = pg_uuid(rows, (int)i, 0);
        preflight->mobiles[i] = pg_text_copy(rows, (int)i, 1);
        preflight->parameters[i] = pg_int4(rows, (int)i, 2);
        preflight->reasons[i] = pg_text_copy(rows, (int)i, 3);
        preflight->listed++;
        if (!preflight->mobiles[i] || !preflight->reasons[i])
            return error_memory(error);
    }
    return KL_OK;
}

kl_status campaign_preflight(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, int list_limit, kl_preflight **out,
                             kl_error **error)
{
    pg_connection *c = NULL;
    pg_rows *rows = NULL;
    campaign_draft draft = {0};
    kl_preflight *preflight = calloc(1, sizeof *preflight);
    pg_scope scope = tenant(vendor_id);
    scope.timeout_ms = ENQUEUE_TIMEOUT_MS;
    kl_status status = preflight ? pg_pool_take(handle->pool, &c, error) : error_memory(error);
    if (!status)
        status = pg_begin(c, &scope, error);
    if (!status) {
        status = read_draft(c, vendor_id, id, 0, &draft, error);
        if (!status)
            status = campaign_count_audience(c, vendor_id, &draft, &preflight->audience, error);
        if (!status && list_limit > 0 && preflight->audience.invalid + preflight->audience.unpriced)
            status = campaign_list_invalid(c, vendor_id, &draft, list_limit, &rows, error);
        if (!status)
            status = fill_list(preflight, rows, error);
        pg_rollback(c); /* nothing was changed */
    }
    pg_pool_give(handle->pool, c);
    pg_rows_free(rows);
    draft_free(&draft);
    if (status)
        kl_preflight_free(preflight);
    else
        *out = preflight;
    return status;
}

kl_status campaign_hold_cost(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, const campaign_series *series,
                             const kl_uuid *hold_id, kl_error **error)
{
    char needed[KL_MONEY_TEXT], there[KL_MONEY_TEXT];
    kl_money available = 0;
    bool taken = false;
    kl_money_format(series->cost, needed, sizeof needed);
    if (series->cost > KL_MONEY_MAX)
        return error_set(error, KL_ERR_INSUFFICIENT, "%lld messages cost %s, more than a wallet can hold",
                         (long long)series->count, needed);
    kl_status status = campaign_take_hold(c, vendor_id, id, series->cost, hold_id, &taken, &available, error);
    if (status || taken)
        return status;
    kl_money_format(available, there, sizeof there);
    return error_set(error, KL_ERR_INSUFFICIENT, "%lld messages cost %s but only %s is available", (long long)series->count,
                     needed, there);
}

/* Whether the recipients that were written may be sent to. */
static kl_status check_recipients(const campaign_series *series, const campaign_audience *audience, bool leave_out_invalid,
                                  kl_error **error)
{
    int64_t willing = audience->contacts - audience->blocked - audience->opted_out;
    if (series->count < willing && !leave_out_invalid)
        return error_set(error, KL_ERR_INVALID_RECIPIENTS, "%lld of %lld contacts have parameters or a price that do not resolve",
                         (long long)(willing - series->count), (long long)willing);
    if (series->count == 0)
        return error_set(error, KL_ERR_EMPTY, "the campaign has no recipients");
    if (series->count > INT32_MAX)
        return error_set(error, KL_ERR_LIMIT, "a campaign has at most %d recipients", INT32_MAX);
    return KL_OK;
}

/* Everything between BEGIN and COMMIT. */
static kl_status enqueue_inside(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, bool leave_out_invalid,
                                kl_time starts_at, int64_t *recipients, kl_error **error)
{
    campaign_draft draft = {0};
    campaign_series series = {0};
    campaign_audience audience = {0};
    kl_uuid hold_id;
    bool in_time = false;
    kl_status status = read_draft(c, vendor_id, id, starts_at, &draft, error);
    series.one_price = !draft.rates;
    campaign_series_start(&series.first);
    uuid_generate(&hold_id);
    if (!status)
        status = campaign_write_recipients(c, vendor_id, id, &draft, &series, &audience, error);
    if (!status)
        status = check_recipients(&series, &audience, leave_out_invalid, error);
    if (!status && series.cost)
        status = campaign_hold_cost(c, vendor_id, id, &series, &hold_id, error);
    if (!status)
        status = campaign_write_batches(c, vendor_id, id, &draft, &series, &audience, series.cost ? &hold_id : NULL,
                                        starts_at, &in_time, error);
    if (!status && !in_time)
        status = campaign_not_ahead(error);
    *recipients = series.count;
    draft_free(&draft);
    return status;
}

kl_status campaign_enqueue(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, bool leave_out_invalid,
                           kl_time starts_at, int64_t *recipients, kl_error **error)
{
    pg_connection *c = NULL;
    int64_t count = 0;
    pg_scope scope = tenant(vendor_id);
    scope.timeout_ms = ENQUEUE_TIMEOUT_MS;
    kl_status status = pg_pool_take(handle->pool, &c, error);
    if (!status)
        status = pg_begin(c, &scope, error);
    if (!status) {
        status = enqueue_inside(c, vendor_id, id, leave_out_invalid, starts_at, &count, error);
        if (status)
            pg_rollback(c);
        else
            status = pg_commit(c, error);
    }
    pg_pool_give(handle->pool, c);
    if (!status && recipients)
        *recipients = count;
    return status;
}

kl_status campaign_not_ahead(kl_error **error)
{
    return error_set(error, KL_ERR_ARGUMENT, "the start is not in the future");
}

kl_status campaign_audience_count(kl *handle, const kl_uuid *vendor_id, const char *audience, size_t length,
                                  kl_audience_count *out, kl_error **error)
{
    campaign_choice choice;
    campaign_audience counted;
    kl_status status = audience_parse(audience, length, &choice, error);
    if (!status)
        status = campaign_count_choice(handle->pool, vendor_id, &choice, &counted, error);
    if (!status)
        *out = (kl_audience_count){counted.contacts, counted.blocked, counted.opted_out};
    audience_free(&choice);
    return status;
}

kl_status campaign_create(kl *handle, const kl_uuid *vendor_id, const kl_campaign_options *options, kl_campaign **out,
                          kl_error **error)
{
    campaign_parameters sources = {0};
    campaign_choice choice = {0};
    char *audience = NULL, *time_zone = NULL;
    kl_status status = campaign_sources_parse(options->parameters, options->parameters_length, options->parameter_format,
                                              &sources, error);
    if (!status)
        status = audience_parse(options->audience, options->audience_length, &choice, error);
    if (!status && options->audience && !(audience = strndup(options->audience, options->audience_length)))
        status = error_memory(error);
    if (!status && options->send_from != options->send_until)
        status = campaign_time_zone(handle->pool, vendor_id, options->time_zone, &time_zone, error);
    if (!status)
        status = campaign_template_check(handle, vendor_id, options, &sources, error);
    if (!status)
        status = campaign_insert(handle->pool, vendor_id, options, &sources, audience, time_zone, out, error);
    free(time_zone);
    free(audience);
    audience_free(&choice);
    campaign_sources_free(&sources);
    return status;
}

int64_t kl_preflight_contacts(const kl_preflight *preflight)
{
    return preflight ? preflight->audience.contacts : 0;
}

int64_t kl_preflight_blocked(const kl_preflight *preflight)
{
    return preflight ? preflight->audience.blocked : 0;
}

int64_t kl_preflight_opted_out(const kl_preflight *preflight)
{
    return preflight ? preflight->audience.opted_out : 0;
}

int64_t kl_preflight_unpriced(const kl_preflight *preflight)
{
    return preflight ? preflight->audience.unpriced : 0;
}

int64_t kl_preflight_invalid(const kl_preflight *preflight)
{
    return preflight ? preflight->audience.invalid : 0;
}

kl_money kl_preflight_cost(const kl_preflight *preflight)
{
    return preflight ? preflight->audience.cost : 0;
}

kl_money kl_preflight_available(const kl_preflight *preflight)
{
    return preflight ? preflight->audience.available : 0;
}

size_t kl_preflight_listed(const kl_preflight *preflight)
{
    return preflight ? preflight->listed : 0;
}

kl_uuid kl_preflight_contact_id(const kl_preflight *preflight, size_t index)
{
    return preflight && index < preflight->listed ? preflight->contact_ids[index] : (kl_uuid){{0}};
}

const char *kl_preflight_mobile(const kl_preflight *preflight, size_t index)
{
    return preflight && index < preflight->listed ? preflight->mobiles[index] : "";
}

int kl_preflight_parameter(const kl_preflight *preflight, size_t index)
{
    return preflight && index < preflight->listed ? preflight->parameters[index] : 0;
}

const char *kl_preflight_reason(const kl_preflight *preflight, size_t index)
{
    return preflight && index < preflight->listed ? preflight->reasons[index] : "";
}

void kl_preflight_free(kl_preflight *preflight)
{
    if (!preflight)
        return;
    for (size_t i = 0; i < preflight->listed; i++) {
        free(preflight->mobiles[i]);
        free(preflight->reasons[i]);
    }
    free(preflight->contact_ids);
    free(preflight->mobiles);
    free(preflight->parameters);
    free(preflight->reasons);
    free(preflight);
}
