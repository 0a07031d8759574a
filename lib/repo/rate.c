/* Repository of the rate cards: the platform's and the vendors'. */
#include "repo/rate.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "repo/common.h"
#include "repo/page.h"
#include "sql.h"

struct kl_rate {
    bool of_vendor;
    kl_uuid vendor_id;
    kl_template_category category;
    char prefix[8];
    kl_time effective_from;
    kl_money price;
};

static const char *const labels[] = {"MARKETING", "UTILITY", "AUTHENTICATION"};

const char *rate_category_label(kl_template_category category)
{
    return category >= KL_CATEGORY_MARKETING && category <= KL_CATEGORY_AUTHENTICATION ? labels[category - 1] : NULL;
}

kl_template_category rate_category_from(const char *label)
{
    for (int i = 0; i < 3; i++)
        if (strcmp(labels[i], label) == 0)
            return (kl_template_category)(i + 1);
    return (kl_template_category)0;
}

static void kl_rate_free(kl_rate *rate)
{
    free(rate);
}
PAGE_STRUCT(rate);

static kl_rate *rate_from(const pg_rows *rows, int row)
{
    kl_rate *rate = calloc(1, sizeof *rate);
    if (!rate)
        return NULL;
    rate->of_vendor = !pg_is_null(rows, row, 0);
    rate->vendor_id = pg_uuid(rows, row, 0);
    rate->category = rate_category_from(pg_text(rows, row, 1));
    strncpy(rate->prefix, pg_text(rows, row, 2), sizeof rate->prefix - 1);
    rate->effective_from = pg_time(rows, row, 3);
    rate->price = pg_is_null(rows, row, 4) ? KL_RATE_NONE : pg_money(rows, row, 4);
    return rate;
}
PAGE_ACCESSORS(rate)
PAGE_FROM_ROWS(rate)

/* The scope and the first parameter, if it is a vendor's card. */
static pg_scope start(pg_parameters *p, const kl_uuid *vendor_id, bool reading)
{
    if (!vendor_id)
        return (pg_scope){.role = PG_ROLE_PLATFORM, .read_only = reading};
    pg_bind_uuid(p, vendor_id);
    return reading ? tenant_reading(vendor_id) : tenant(vendor_id);
}

kl_status rate_insert(pg_pool *pool, const kl_uuid *vendor_id, kl_template_category category, const char *prefix,
                      kl_time effective_from, kl_money price, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    kl_error *why = NULL;
    pg_scope scope = start(&p, vendor_id, false);
    pg_bind_text(&p, rate_category_label(category));
    pg_bind_text(&p, prefix);
    pg_bind_time(&p, effective_from);
    if (price == KL_RATE_NONE)
        pg_bind_null(&p);
    else
        pg_bind_money(&p, price);
    kl_status status = common_query(pool, &scope, vendor_id ? sql_rate_set_vendor : sql_rate_set, &p, NULL, &why);
    return common_insert_failure(status, why, "vendor", error);
}

kl_status rate_list(pg_pool *pool, const kl_uuid *vendor_id, kl_template_category category, const kl_rate *after,
                    int limit, kl_rate_page **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_scope scope = start(&p, vendor_id, true);
    pg_bind_text(&p, rate_category_label(category));
    pg_bind_text(&p, after ? after->prefix : "");
    pg_bind_time(&p, after ? after->effective_from : 0);
    pg_bind_int4(&p, limit);
    kl_status status = common_query(pool, &scope, vendor_id ? sql_rate_list_vendor : sql_rate_list, &p, &rows, error);
    if (!status && !(*out = rate_page(rows)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

kl_status rate_find_price(pg_pool *pool, const kl_uuid *vendor_id, kl_template_category category, const char *recipient,
                          kl_time at, kl_money *price, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_scope scope = tenant_reading(vendor_id);
    pg_bind_uuid(&p, vendor_id);
    pg_bind_text(&p, rate_category_label(category));
    pg_bind_time(&p, at);
    pg_bind_text(&p, recipient);
    kl_status status = common_query(pool, &scope, sql_rate_price, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("vendor", error);
    if (!status && pg_is_null(rows, 0, 0))
        status = error_set(error, KL_ERR_NO_RATE, "the rate card has no %s price for the number",
                           rate_category_label(category));
    if (!status)
        *price = pg_money(rows, 0, 0);
    pg_rows_free(rows);
    return status;
}

const kl_uuid *kl_rate_vendor_id(const kl_rate *rate)
{
    return rate && rate->of_vendor ? &rate->vendor_id : NULL;
}

kl_template_category kl_rate_category(const kl_rate *rate)
{
    return rate ? rate->category : (kl_template_category)0;
}

const char *kl_rate_digits(const kl_rate *rate)
{
    return rate ? rate->prefix : "";
}

kl_time kl_rate_effective_from(const kl_rate *rate)
{
    return rate ? rate->effective_from : 0;
}

kl_money kl_rate_amount(const kl_rate *rate)
{
    return rate ? rate->price : KL_RATE_NONE;
}
