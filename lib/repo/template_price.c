/* Repository of prices that change with a template's category. */
#include "repo/template_price.h"

#include <stdio.h>

#include "base/error.h"
#include "repo/common.h"
#include "sql.h"

/* A price for each recipient takes as long as there are recipients. */
enum { PRICE_TIMEOUT_MS = 3600 * 1000 };

static pg_parameters bind_key(const kl_uuid *vendor_id, const kl_uuid *id)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    return p;
}

kl_status template_price_campaigns(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *template_id, pg_rows **rows,
                                   kl_error **error)
{
    pg_parameters p = bind_key(vendor_id, template_id);
    pg_scope scope = tenant_reading(vendor_id);
    return common_query(pool, &scope, sql_template_repriced, &p, rows, error);
}

/* Locks the batches, then the campaign. */
static kl_status lock(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *campaign_id, template_price_outcome *outcome,
                      kl_error **error)
{
    pg_parameters batches = bind_key(vendor_id, campaign_id), campaign = bind_key(vendor_id, campaign_id);
    pg_rows *rows = NULL;
    const pg_statement statements[] = {{sql_campaign_lock_batches, &batches, NULL, PG_ROLE_SAME},
                                       {sql_template_lock_campaign, &campaign, &rows, PG_ROLE_SAME}};
    kl_status status = pg_execute(c, statements, 2, error);
    if (!status) {
        outcome->wanted = pg_bool(rows, 0, 0);
        snprintf(outcome->category, sizeof outcome->category, "%s", pg_text(rows, 0, 1));
    }
    pg_rows_free(rows);
    pg_parameters_free(&batches);
    pg_parameters_free(&campaign);
    return status;
}

static kl_status change(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *campaign_id, const kl_uuid *hold_id,
                        template_price_outcome *outcome, kl_error **error)
{
    pg_parameters recipients = bind_key(vendor_id, campaign_id), money = bind_key(vendor_id, campaign_id);
    pg_rows *rows = NULL;
    pg_bind_text(&recipients, outcome->category);
    pg_bind_text(&money, outcome->category);
    pg_bind_uuid(&money, hold_id);
    const pg_statement statements[] = {{sql_template_reprice_recipients, &recipients, NULL, PG_ROLE_SAME},
                                       {sql_template_reprice_money, &money, &rows, PG_ROLE_SAME}};
    kl_status status = pg_execute(c, statements, 2, error);
    if (!status) {
        outcome->covered = pg_bool(rows, 0, 0);
        outcome->more = pg_money(rows, 0, 1);
    }
    pg_rows_free(rows);
    pg_parameters_free(&recipients);
    pg_parameters_free(&money);
    return status;
}

kl_status template_price_change(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id, const kl_uuid *hold_id,
                                template_price_outcome *outcome, kl_error **error)
{
    pg_connection *c = NULL;
    pg_scope scope = tenant(vendor_id);
    scope.timeout_ms = PRICE_TIMEOUT_MS;
    *outcome = (template_price_outcome){0};
    kl_status status = pg_pool_take(pool, &c, error);
    if (!status)
        status = pg_begin(c, &scope, error);
    if (!status) {
        status = lock(c, vendor_id, campaign_id, outcome, error);
        if (!status && outcome->wanted)
            status = change(c, vendor_id, campaign_id, hold_id, outcome, error);
        if (status || !outcome->covered)
            pg_rollback(c);
        else
            status = pg_commit(c, error);
    }
    pg_pool_give(pool, c);
    return status;
}
