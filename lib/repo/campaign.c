/* Repository of campaigns: create, read, list, rename, delete, statistics. */
#include "repo/campaign.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "repo/common.h"
#include "repo/page.h"
#include "repo/rate.h"
#include "sql.h"

struct kl_campaign {
    kl_uuid vendor_id;
    kl_uuid id;
    char *name;
    kl_campaign_status status;
    kl_uuid waba_account_id;
    char *template_name;
    char *template_language;
    kl_parameter_format parameter_format;
    kl_money price;
    int64_t recipients;
    kl_time created_at;
    kl_time queued_at;
    kl_time completed_at;
    kl_time starts_at;
    char *pause_reason;
};
PAGE_STRUCT(campaign);

kl_campaign_status campaign_status_from(const char *label)
{
    static const char *const labels[] = {"", "DRAFT", "QUEUED", "PROCESSING", "COMPLETED", "FAILED", "SCHEDULED", "PAUSED", "CANCELLED"};
    for (int i = 1; i <= KL_CAMPAIGN_CANCELLED; i++)
        if (strcmp(labels[i], label) == 0)
            return (kl_campaign_status)i;
    return (kl_campaign_status)0;
}

/* Columns: those of campaign/get.sql. */
static kl_campaign *campaign_from(const pg_rows *rows, int row)
{
    kl_campaign *campaign = calloc(1, sizeof *campaign);
    if (!campaign)
        return NULL;
    campaign->vendor_id = pg_uuid(rows, row, 0);
    campaign->id = pg_uuid(rows, row, 1);
    campaign->name = pg_text_copy(rows, row, 2);
    campaign->status = campaign_status_from(pg_text(rows, row, 3));
    campaign->waba_account_id = pg_uuid(rows, row, 4);
    campaign->template_name = pg_text_copy(rows, row, 5);
    campaign->template_language = pg_text_copy(rows, row, 6);
    campaign->parameter_format =
        strcmp(pg_text(rows, row, 7), "NAMED") == 0 ? KL_PARAMETERS_NAMED : KL_PARAMETERS_POSITIONAL;
    campaign->price = pg_money(rows, row, 8);
    campaign->recipients = pg_int4(rows, row, 9);
    campaign->created_at = pg_time(rows, row, 10);
    campaign->queued_at = pg_time(rows, row, 11);
    campaign->completed_at = pg_time(rows, row, 12);
    campaign->starts_at = pg_time(rows, row, 13);
    campaign->pause_reason = pg_text_copy(rows, row, 14);
    if (campaign->name && campaign->template_name && campaign->template_language && campaign->pause_reason)
        return campaign;
    kl_campaign_free(campaign);
    return NULL;
}
PAGE_ACCESSORS(campaign)
PAGE_FROM_ROWS(campaign)

kl_status campaign_insert(pg_pool *pool, const kl_uuid *vendor_id, const kl_campaign_options *options,
                          const campaign_parameters *parameters, const char *audience, const char *time_zone, kl_campaign **out,
                          kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    kl_error *why = NULL;
    kl_uuid id;
    uuid_generate(&id);
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, &id);
    pg_bind_text(&p, options->name);
    pg_bind_uuid(&p, options->waba_account_id);
    pg_bind_text(&p, options->template_name);
    pg_bind_text(&p, options->template_language);
    pg_bind_text(&p, options->parameter_format == KL_PARAMETERS_NAMED ? "NAMED" : "POSITIONAL");
    pg_bind_text_array(&p, parameters->names, parameters->count);
    pg_bind_text_array(&p, parameters->attributes, parameters->count);
    pg_bind_text_array(&p, parameters->fallbacks, parameters->count);
    pg_bind_money(&p, options->price == KL_PRICE_BY_RATE_CARD ? 0 : options->price);
    pg_bind_text(&p, audience);
    bool hours = options->send_from != options->send_until;
    if (hours) {
        pg_bind_int4(&p, options->send_from);
        pg_bind_int4(&p, options->send_until);
    } else {
        pg_bind_null(&p);
        pg_bind_null(&p);
    }
    pg_bind_text(&p, hours ? time_zone : NULL);
    pg_bind_int4(&p, options->weight);
    pg_bind_text(&p, options->unknown_policy == KL_UNKNOWN_RESEND ? "RESEND" : "FAIL");
    pg_bind_int4(&p, options->unknown_seconds);
    pg_bind_text_array(&p, parameters->places, parameters->count);
    pg_bind_text(&p, options->category ? rate_category_label(options->category) : NULL);
    pg_bind_bool(&p, options->price == KL_PRICE_BY_RATE_CARD);
    pg_scope scope = tenant(vendor_id);
    kl_status status = common_query(pool, &scope, sql_campaign_insert, &p, &rows, &why);
    status = common_insert_failure(status, why, "vendor or WABA account", error);
    if (!status && out && !(*out = campaign_from(rows, 0)))
        status = common_untold(error);
    pg_rows_free(rows);
    return status;
}

kl_status campaign_time_zone(pg_pool *pool, const kl_uuid *vendor_id, const char *wanted, char **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_text(&p, wanted);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_campaign_time_zone, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("vendor", error);
    else if (!status && !pg_bool(rows, 0, 1))
        status = error_set(error, KL_ERR_FORMAT, wanted ? "time_zone is not the name of a time zone, such as Asia/Kolkata"
                                                        : "time_zone in the vendor's settings is not the name of a time zone");
    else if (!status && !(*out = pg_text_copy(rows, 0, 0)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

kl_status campaign_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_campaign **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_campaign_get, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("campaign", error);
    if (!status && !(*out = campaign_from(rows, 0)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

kl_status campaign_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_campaign_page **out,
                        kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, after);
    pg_bind_int4(&p, limit);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_campaign_list, &p, &rows, error);
    if (!status && !(*out = campaign_page(rows)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

kl_status campaign_rename(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const char *name, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    pg_bind_text(&p, name);
    return common_change(pool, vendor_id, sql_campaign_rename, &p, "campaign", error);
}

kl_status campaign_delete(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    pg_scope scope = tenant(vendor_id);
    kl_status status = common_query(pool, &scope, sql_campaign_delete, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("campaign", error);
    else if (!status && !pg_bool(rows, 0, 1))
        status = error_set(error, KL_ERR_STATE, "only a DRAFT can be deleted; the campaign is %s", pg_text(rows, 0, 0));
    pg_rows_free(rows);
    return status;
}

kl_status campaign_stats(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_campaign_stats *out,
                         kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_campaign_stats, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("campaign", error);
    if (!status) {
        *out = (kl_campaign_stats){
            .recipients = pg_int4(rows, 0, 0),
            .left_out = pg_int4(rows, 0, 1),
            .unknown = pg_int8(rows, 0, 2),
            .sent = pg_int8(rows, 0, 3),
            .delivered = pg_int8(rows, 0, 4),
            .read = pg_int8(rows, 0, 5),
            .failed = pg_int8(rows, 0, 6),
            .accepted = pg_int8(rows, 0, 7),
            .held = pg_money(rows, 0, 8),
            .debited = pg_money(rows, 0, 9),
            .refunded = pg_money(rows, 0, 10),
            .deferred = pg_int8(rows, 0, 11),
            .cancelled = pg_int8(rows, 0, 12),
            .retried = pg_int4(rows, 0, 13),
            .blocked = pg_int4(rows, 0, 14),
            .opted_out = pg_int4(rows, 0, 15),
        };
        out->waiting = out->recipients - out->deferred - out->cancelled - out->unknown - out->sent - out->delivered - out->read - out->failed;
    }
    pg_rows_free(rows);
    return status;
}

kl_uuid kl_campaign_id(const kl_campaign *campaign)
{
    return campaign ? campaign->id : (kl_uuid){{0}};
}

kl_uuid kl_campaign_vendor_id(const kl_campaign *campaign)
{
    return campaign ? campaign->vendor_id : (kl_uuid){{0}};
}

const char *kl_campaign_name(const kl_campaign *campaign)
{
    return campaign ? campaign->name : "";
}

kl_campaign_status kl_campaign_status_of(const kl_campaign *campaign)
{
    return campaign ? campaign->status : (kl_campaign_status)0;
}

kl_uuid kl_campaign_waba_account_id(const kl_campaign *campaign)
{
    return campaign ? campaign->waba_account_id : (kl_uuid){{0}};
}

const char *kl_campaign_template_name(const kl_campaign *campaign)
{
    return campaign ? campaign->template_name : "";
}

const char *kl_campaign_template_language(const kl_campaign *campaign)
{
    return campaign ? campaign->template_language : "";
}

kl_parameter_format kl_campaign_parameter_format(const kl_campaign *campaign)
{
    return campaign ? campaign->parameter_format : (kl_parameter_format)0;
}

kl_money kl_campaign_price(const kl_campaign *campaign)
{
    return campaign ? campaign->price : 0;
}

int64_t kl_campaign_recipients(const kl_campaign *campaign)
{
    return campaign ? campaign->recipients : 0;
}

kl_time kl_campaign_created_at(const kl_campaign *campaign)
{
    return campaign ? campaign->created_at : 0;
}

kl_time kl_campaign_queued_at(const kl_campaign *campaign)
{
    return campaign ? campaign->queued_at : 0;
}

kl_time kl_campaign_completed_at(const kl_campaign *campaign)
{
    return campaign ? campaign->completed_at : 0;
}

kl_time kl_campaign_starts_at(const kl_campaign *campaign)
{
    return campaign ? campaign->starts_at : 0;
}

const char *kl_campaign_pause_reason(const kl_campaign *campaign)
{
    return campaign ? campaign->pause_reason : "";
}

void kl_campaign_free(kl_campaign *campaign)
{
    if (!campaign)
        return;
    free(campaign->name);
    free(campaign->template_name);
    free(campaign->template_language);
    free(campaign->pause_reason);
    free(campaign);
}
