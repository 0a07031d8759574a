/* Repository of campaigns: the statements of preflight and enqueueing, inside an open transaction. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "repo/campaign.h"
#include "repo/common.h"
#include "sql.h"

static kl_status one(pg_connection *c, const char *sql, pg_parameters *p, pg_rows **rows, kl_error **error)
{
    kl_status status = pg_execute(c, &(pg_statement){sql, p, rows, PG_ROLE_SAME}, 1, error);
    pg_parameters_free(p);
    return status;
}

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

kl_status campaign_lock(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, campaign_draft *out,
                        kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    kl_status status = one(c, sql_campaign_lock, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("campaign", error);
    if (!status) {
        *out = (campaign_draft){.status = campaign_status_from(pg_text(rows, 0, 0)), .price = pg_money(rows, 0, 1)};
        out->parameters.count = pg_array_count(rows, 0, 2);
        out->parameters.attributes = copy_array(rows, 2, out->parameters.count);
        out->parameters.fallbacks = copy_array(rows, 3, out->parameters.count);
        if (!out->parameters.attributes || !out->parameters.fallbacks)
            status = error_memory(error);
    }
    pg_rows_free(rows);
    return status;
}

void campaign_draft_free(campaign_draft *draft)
{
    free_array(draft->parameters.attributes, draft->parameters.count);
    free_array(draft->parameters.fallbacks, draft->parameters.count);
    *draft = (campaign_draft){0};
}

static void bind_sources(pg_parameters *p, const campaign_draft *draft)
{
    pg_bind_text_array(p, draft->parameters.attributes, draft->parameters.count);
    pg_bind_text_array(p, draft->parameters.fallbacks, draft->parameters.count);
}

kl_status campaign_count_audience(pg_connection *c, const kl_uuid *vendor_id, const campaign_draft *draft,
                                  campaign_audience *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    bind_sources(&p, draft);
    kl_status status = one(c, sql_campaign_preflight, &p, &rows, error);
    if (!status)
        *out = (campaign_audience){pg_int8(rows, 0, 0), pg_int8(rows, 0, 1), pg_money(rows, 0, 2)};
    pg_rows_free(rows);
    return status;
}

kl_status campaign_list_invalid(pg_connection *c, const kl_uuid *vendor_id, const campaign_draft *draft, int limit,
                                pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    bind_sources(&p, draft);
    pg_bind_int4(&p, limit);
    return one(c, sql_campaign_preflight_list, &p, rows, error);
}

kl_status campaign_write_recipients(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id,
                                    const campaign_draft *draft, const kl_uuid *first_message_id, int64_t *contacts,
                                    int64_t *recipients, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    pg_bind_uuid(&p, first_message_id);
    bind_sources(&p, draft);
    pg_bind_money(&p, draft->price);
    pg_bind_int4(&p, CAMPAIGN_BATCH_SIZE);
    kl_status status = one(c, sql_campaign_enqueue_recipients, &p, &rows, error);
    if (!status) {
        *contacts = pg_int8(rows, 0, 0);
        *recipients = pg_int8(rows, 0, 1);
    }
    pg_rows_free(rows);
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
    kl_status status = one(c, sql_campaign_enqueue_hold, &p, &rows, error);
    if (!status) {
        *taken = pg_bool(rows, 0, 0);
        *available = pg_money(rows, 0, 1);
    }
    pg_rows_free(rows);
    return status;
}

kl_status campaign_write_batches(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id,
                                 const kl_uuid *first_message_id, int64_t recipients, int64_t left_out, kl_money price,
                                 const kl_uuid *hold_id, kl_error **error)
{
    pg_parameters batches = PG_PARAMETERS_INIT, campaign = PG_PARAMETERS_INIT, lane = PG_PARAMETERS_INIT;
    pg_bind_uuid(&batches, vendor_id);
    pg_bind_uuid(&batches, id);
    pg_bind_uuid(&batches, first_message_id);
    pg_bind_int8(&batches, recipients);
    pg_bind_money(&batches, price);
    pg_bind_int4(&batches, CAMPAIGN_BATCH_SIZE);
    pg_bind_uuid(&campaign, vendor_id);
    pg_bind_uuid(&campaign, id);
    pg_bind_uuid(&campaign, first_message_id);
    pg_bind_int8(&campaign, recipients);
    pg_bind_int8(&campaign, left_out);
    pg_bind_int4(&campaign, (int32_t)((recipients + CAMPAIGN_BATCH_SIZE - 1) / CAMPAIGN_BATCH_SIZE));
    pg_bind_uuid(&campaign, hold_id);
    pg_bind_uuid(&lane, vendor_id);
    pg_bind_uuid(&lane, id);
    pg_statement statements[] = {{sql_campaign_enqueue_finish, &campaign, NULL, PG_ROLE_SAME},
                                 {sql_campaign_enqueue_batches, &batches, NULL, PG_ROLE_SAME},
                                 {sql_campaign_enqueue_lane, &lane, NULL, PG_ROLE_SAME}};
    kl_status status = pg_execute(c, statements, 3, error);
    pg_parameters_free(&batches);
    pg_parameters_free(&campaign);
    pg_parameters_free(&lane);
    return status;
}
