/* The rules of campaigns: preflight and enqueueing. */
#include "core/campaign.h"

#include <stdlib.h>

#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "repo/common.h"

/* Writing a row per recipient takes as long as there are recipients. */
enum { ENQUEUE_TIMEOUT_MS = 3600 * 1000 };

struct kl_preflight {
    campaign_audience audience;
    kl_money cost;
    size_t listed;
    kl_uuid *contact_ids;
    char **mobiles;
    int *parameters;
    char **reasons;
};

/* price × n, or INT64_MAX. */
static kl_money cost_of(int64_t n, kl_money price)
{
    kl_money cost;
    return __builtin_mul_overflow(n, price, &cost) ? INT64_MAX : cost;
}

static kl_status need_draft(kl_campaign_status status, kl_error **error)
{
    return status == KL_CAMPAIGN_DRAFT ? KL_OK : error_set(error, KL_ERR_STATE, "the campaign is not a DRAFT");
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
        status = campaign_lock(c, vendor_id, id, &draft, error);
        if (!status)
            status = need_draft(draft.status, error);
        if (!status)
            status = campaign_count_audience(c, vendor_id, &draft, &preflight->audience, error);
        if (!status && list_limit > 0 && preflight->audience.invalid)
            status = campaign_list_invalid(c, vendor_id, &draft, list_limit, &rows, error);
        if (!status)
            status = fill_list(preflight, rows, error);
        pg_rollback(c); /* nothing was changed */
    }
    pg_pool_give(handle->pool, c);
    if (!status)
        preflight->cost = cost_of(preflight->audience.contacts - preflight->audience.invalid, draft.price);
    pg_rows_free(rows);
    campaign_draft_free(&draft);
    if (status)
        kl_preflight_free(preflight);
    else
        *out = preflight;
    return status;
}

/* Sets the money for all recipients aside. */
static kl_status hold_cost(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, int64_t recipients,
                           kl_money price, const kl_uuid *hold_id, kl_error **error)
{
    char needed[KL_MONEY_TEXT], there[KL_MONEY_TEXT];
    kl_money cost = cost_of(recipients, price), available = 0;
    bool taken = false;
    kl_money_format(cost, needed, sizeof needed);
    if (cost > KL_MONEY_MAX)
        return error_set(error, KL_ERR_INSUFFICIENT, "%lld messages cost %s, more than a wallet can hold",
                         (long long)recipients, needed);
    kl_status status = campaign_take_hold(c, vendor_id, id, cost, hold_id, &taken, &available, error);
    if (status || taken)
        return status;
    kl_money_format(available, there, sizeof there);
    return error_set(error, KL_ERR_INSUFFICIENT, "%lld messages cost %s but only %s is available", (long long)recipients,
                     needed, there);
}

/* Everything between BEGIN and COMMIT. */
static kl_status enqueue_inside(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, bool leave_out_invalid,
                                int64_t *recipients, kl_error **error)
{
    campaign_draft draft = {0};
    kl_uuid first, hold_id;
    int64_t contacts = 0;
    kl_status status = campaign_lock(c, vendor_id, id, &draft, error);
    if (!status)
        status = need_draft(draft.status, error);
    uuid_series(&first);
    uuid_generate(&hold_id);
    if (!status)
        status = campaign_write_recipients(c, vendor_id, id, &draft, &first, &contacts, recipients, error);
    if (!status && *recipients < contacts && !leave_out_invalid)
        status = error_set(error, KL_ERR_INVALID_RECIPIENTS, "%lld of %lld contacts have parameters that do not resolve",
                           (long long)(contacts - *recipients), (long long)contacts);
    if (!status && *recipients == 0)
        status = error_set(error, KL_ERR_EMPTY, "the campaign has no recipients");
    if (!status && *recipients > INT32_MAX)
        status = error_set(error, KL_ERR_LIMIT, "a campaign has at most %d recipients", INT32_MAX);
    if (!status && draft.price)
        status = hold_cost(c, vendor_id, id, *recipients, draft.price, &hold_id, error);
    if (!status)
        status = campaign_write_batches(c, vendor_id, id, &first, *recipients, contacts - *recipients, draft.price,
                                        draft.price ? &hold_id : NULL, error);
    campaign_draft_free(&draft);
    return status;
}

kl_status campaign_enqueue(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, bool leave_out_invalid,
                           int64_t *recipients, kl_error **error)
{
    pg_connection *c = NULL;
    int64_t count = 0;
    pg_scope scope = tenant(vendor_id);
    scope.timeout_ms = ENQUEUE_TIMEOUT_MS;
    kl_status status = pg_pool_take(handle->pool, &c, error);
    if (!status)
        status = pg_begin(c, &scope, error);
    if (!status) {
        status = enqueue_inside(c, vendor_id, id, leave_out_invalid, &count, error);
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

int64_t kl_preflight_contacts(const kl_preflight *preflight)
{
    return preflight ? preflight->audience.contacts : 0;
}

int64_t kl_preflight_invalid(const kl_preflight *preflight)
{
    return preflight ? preflight->audience.invalid : 0;
}

kl_money kl_preflight_cost(const kl_preflight *preflight)
{
    return preflight ? preflight->cost : 0;
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
