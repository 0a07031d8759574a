/* Repository of campaigns: the statements of preflight and enqueueing, inside an open transaction. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "repo/campaign.h"
#include "repo/campaign_series.h"
#include "repo/common.h"
#include "sql.h"

static const char **copy_array(const pg_rows *rows, int column, size_t count)
{
    pg_array_walk walk = pg_array_start(rows, 0, column);
    const char **texts = calloc(count + 1, sizeof *texts);
    const char *text;
    size_t length;
    for (size_t i = 0; texts && i < count && pg_array_next(&walk, &text, &length); i++)
        if (text)
            texts[i] = strndup(text, length);
    return texts;
}

static void free_array(const char **texts, size_t count)
{
    for (size_t i = 0; texts && i < count; i++)
        free((char *)texts[i]);
    free(texts);
}

/* NULL stays NULL. */
static bool copy_text(const pg_rows *rows, int column, char **out)
{
    *out = pg_is_null(rows, 0, column) ? NULL : pg_text_copy(rows, 0, column);
    return *out || pg_is_null(rows, 0, column);
}

kl_status campaign_lock(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, campaign_draft *out,
                        kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    kl_status status = common_execute(c, sql_campaign_lock, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("campaign", error);
    if (!status) {
        *out = (campaign_draft){
            .status = campaign_status_from(pg_text(rows, 0, 0)),
            .price = pg_money(rows, 0, 1),
            .marketing = pg_bool(rows, 0, 5),
            .first_message_id = pg_uuid(rows, 0, 7),
            .batches = pg_int4(rows, 0, 8),
        };
        out->parameters.count = pg_array_count(rows, 0, 2);
        out->parameters.attributes = copy_array(rows, 2, out->parameters.count);
        out->parameters.fallbacks = copy_array(rows, 3, out->parameters.count);
        bool copied = copy_text(rows, 4, &out->audience);
        copied = copy_text(rows, 6, &out->rates) && copied;
        if (!out->parameters.attributes || !out->parameters.fallbacks || !copied)
            status = error_memory(error);
    }
    pg_rows_free(rows);
    return status;
}

void campaign_draft_free(campaign_draft *draft)
{
    free_array(draft->parameters.attributes, draft->parameters.count);
    free_array(draft->parameters.fallbacks, draft->parameters.count);
    free(draft->audience);
    free(draft->rates);
    draft->parameters = (campaign_parameters){0};
    draft->audience = draft->rates = NULL;
}

static void bind_sources(pg_parameters *p, const campaign_draft *draft)
{
    pg_bind_text_array(p, draft->parameters.attributes, draft->parameters.count);
    pg_bind_text_array(p, draft->parameters.fallbacks, draft->parameters.count);
}

static void bind_rates(pg_parameters *p, const campaign_draft *draft)
{
    if (draft->rates)
        pg_bind_jsonb(p, draft->rates, strlen(draft->rates));
    else
        pg_bind_null(p);
}

static void bind_choice(pg_parameters *p, const campaign_choice *choice)
{
    if (choice->listed)
        pg_bind_uuid_array(p, choice->contacts, choice->contacts_count);
    else
        pg_bind_null(p);
    pg_bind_text(p, choice->path.length ? choice->path.data : NULL);
    if (choice->path.length)
        pg_bind_jsonb(p, choice->values.data, choice->values.length);
    else
        pg_bind_null(p);
    if (choice->instants_count)
        pg_bind_text_array(p, (const char *const *)choice->instants, choice->instants_count);
    else
        pg_bind_null(p);
}

/* The parameters that the two statements of a preflight share. */
static void bind_preflight(pg_parameters *p, const kl_uuid *vendor_id, const campaign_draft *draft)
{
    pg_bind_uuid(p, vendor_id);
    bind_sources(p, draft);
    bind_choice(p, &draft->choice);
    pg_bind_bool(p, draft->marketing);
    pg_bind_money(p, draft->price);
    bind_rates(p, draft);
}

kl_status campaign_count_audience(pg_connection *c, const kl_uuid *vendor_id, const campaign_draft *draft,
                                  campaign_audience *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    bind_preflight(&p, vendor_id, draft);
    pg_statement statements[] = {{sql_campaign_enqueue_settings, NULL, NULL, PG_ROLE_SAME},
                                 {sql_campaign_preflight, &p, &rows, PG_ROLE_SAME}};
    kl_status status = pg_execute(c, statements, 2, error);
    pg_parameters_free(&p);
    if (!status)
        *out = (campaign_audience){pg_int8(rows, 0, 0), pg_int8(rows, 0, 1),  pg_int8(rows, 0, 2), pg_int8(rows, 0, 3),
                                   pg_int8(rows, 0, 4), pg_money(rows, 0, 5), pg_money(rows, 0, 6)};
    pg_rows_free(rows);
    return status;
}

kl_status campaign_list_invalid(pg_connection *c, const kl_uuid *vendor_id, const campaign_draft *draft, int limit,
                                pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    bind_preflight(&p, vendor_id, draft);
    pg_bind_int4(&p, limit);
    return common_execute(c, sql_campaign_preflight_list, &p, rows, error);
}

kl_status campaign_count_choice(pg_pool *pool, const kl_uuid *vendor_id, const campaign_choice *choice,
                                campaign_audience *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    bind_choice(&p, choice);
    pg_statement statements[] = {{sql_campaign_enqueue_settings, NULL, NULL, PG_ROLE_SAME},
                                 {sql_campaign_audience_count, &p, &rows, PG_ROLE_SAME}};
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = pg_pool_transact(pool, &scope, statements, 2, error);
    pg_parameters_free(&p);
    if (!status)
        *out = (campaign_audience){.contacts = pg_int8(rows, 0, 0), .blocked = pg_int8(rows, 0, 1), .opted_out = pg_int8(rows, 0, 2)};
    pg_rows_free(rows);
    return status;
}

kl_status campaign_write_recipients(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id,
                                    const campaign_draft *draft, campaign_series *series, campaign_audience *audience,
                                    kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    campaign_bind_series(&p, series);
    bind_sources(&p, draft);
    pg_bind_money(&p, draft->price);
    bind_rates(&p, draft);
    pg_bind_int4(&p, CAMPAIGN_BATCH_SIZE);
    bind_choice(&p, &draft->choice);
    pg_bind_bool(&p, draft->marketing);
    pg_statement statements[] = {{sql_campaign_enqueue_settings, NULL, NULL, PG_ROLE_SAME},
                                 {sql_campaign_enqueue_recipients, &p, &rows, PG_ROLE_SAME}};
    kl_status status = pg_execute(c, statements, 2, error);
    pg_parameters_free(&p);
    if (!status)
        *audience = (campaign_audience){.contacts = pg_int8(rows, 0, 0), .blocked = pg_int8(rows, 0, 1), .opted_out = pg_int8(rows, 0, 2)};
    pg_rows_free(rows);
    if (!status)
        status = campaign_series_total(c, vendor_id, draft, series, error);
    return status;
}

kl_status campaign_take_hold(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, kl_money amount,
                             const kl_uuid *hold_id, bool *taken, kl_money *available, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    pg_bind_money(&p, amount);
    pg_bind_uuid(&p, hold_id);
    kl_status status = common_execute(c, sql_campaign_enqueue_hold, &p, &rows, error);
    if (!status) {
        *taken = pg_bool(rows, 0, 0);
        *available = pg_money(rows, 0, 1);
    }
    pg_rows_free(rows);
    return status;
}

kl_status campaign_write_batches(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, const campaign_draft *draft,
                                 const campaign_series *series, const campaign_audience *audience, const kl_uuid *hold_id,
                                 kl_time starts_at, bool *in_time, kl_error **error)
{
    pg_parameters batches = PG_PARAMETERS_INIT, campaign = PG_PARAMETERS_INIT, lane = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    campaign_bind_batches(&batches, vendor_id, id, draft, series, hold_id, starts_at != 0);
    pg_bind_uuid(&campaign, vendor_id);
    pg_bind_uuid(&campaign, id);
    pg_bind_uuid(&campaign, &series->first);
    pg_bind_int8(&campaign, series->count);
    pg_bind_int8(&campaign, audience->contacts - audience->blocked - audience->opted_out - series->count);
    pg_bind_int8(&campaign, audience->blocked);
    pg_bind_int8(&campaign, audience->opted_out);
    pg_bind_int4(&campaign, (int32_t)((series->count + CAMPAIGN_BATCH_SIZE - 1) / CAMPAIGN_BATCH_SIZE));
    pg_bind_uuid(&campaign, hold_id);
    pg_bind_time(&campaign, starts_at);
    pg_bind_uuid(&lane, vendor_id);
    pg_bind_uuid(&lane, id);
    pg_bind_time(&lane, starts_at);
    pg_statement statements[] = {{sql_campaign_enqueue_finish, &campaign, &rows, PG_ROLE_SAME},
                                 {sql_campaign_enqueue_batches, &batches, NULL, PG_ROLE_SAME},
                                 {sql_campaign_enqueue_lane, &lane, NULL, PG_ROLE_SAME}};
    kl_status status = pg_execute(c, statements, 3, error);
    *in_time = !status && pg_rows_count(rows) > 0;
    pg_rows_free(rows);
    pg_parameters_free(&batches);
    pg_parameters_free(&campaign);
    pg_parameters_free(&lane);
    return status;
}
