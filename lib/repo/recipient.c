/* Repository of campaigns' recipients, for reading. */
#include "repo/recipient.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "repo/common.h"
#include "repo/page.h"
#include "sql.h"

enum { MINUTE_BATCHES = 150 };

struct kl_recipient {
    kl_uuid message_id;
    bool has_contact;
    bool has_retry_of;
    kl_uuid contact_id;
    kl_uuid retry_of;
    char *mobile;
    int batch_no;
    kl_money price;
    kl_recipient_state state;
    char *wa_message_id;
    int error_code;
    char *error_text;
    kl_time sent_at;
    kl_time delivered_at;
    kl_time read_at;
    kl_time failed_at;
    kl_time next_at;
    int attempts;
};
PAGE_STRUCT(recipient);

static const char *const labels[] = {NULL,        "WAITING", "DEFERRED", "UNKNOWN",  "SENT",
                                     "DELIVERED", "READ",    "FAILED",   "CANCELLED"};

kl_recipient_state recipient_state_from(const char *label)
{
    for (int state = KL_RECIPIENT_WAITING; state <= KL_RECIPIENT_CANCELLED; state++)
        if (strcmp(labels[state], label) == 0)
            return (kl_recipient_state)state;
    return (kl_recipient_state)0;
}

/* NULL for SQL NULL; false when there is no memory. */
static bool copy_text(const pg_rows *rows, int row, int column, char **out)
{
    bool null = pg_is_null(rows, row, column);
    *out = null ? NULL : pg_text_copy(rows, row, column);
    return null || *out;
}

/* The columns of recipient/list.sql. */
static kl_recipient *recipient_from(const pg_rows *rows, int row)
{
    kl_recipient *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->message_id = pg_uuid(rows, row, 0);
    r->has_contact = !pg_is_null(rows, row, 1);
    r->contact_id = pg_uuid(rows, row, 1);
    r->batch_no = pg_int4(rows, row, 3);
    r->price = pg_money(rows, row, 4);
    r->state = recipient_state_from(pg_text(rows, row, 5));
    r->error_code = pg_int4(rows, row, 7);
    r->sent_at = pg_time(rows, row, 9);
    r->delivered_at = pg_time(rows, row, 10);
    r->read_at = pg_time(rows, row, 11);
    r->failed_at = pg_time(rows, row, 12);
    r->next_at = pg_time(rows, row, 13);
    r->attempts = pg_int4(rows, row, 14);
    r->has_retry_of = !pg_is_null(rows, row, 15);
    r->retry_of = pg_uuid(rows, row, 15);
    r->mobile = pg_text_copy(rows, row, 2);
    if (r->mobile && copy_text(rows, row, 6, &r->wa_message_id) && copy_text(rows, row, 8, &r->error_text))
        return r;
    kl_recipient_free(r);
    return NULL;
}
PAGE_ACCESSORS(recipient)
PAGE_FROM_ROWS(recipient)

kl_status recipient_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_recipient_state state,
                         const kl_uuid *after, int limit, kl_recipient_page **out, kl_error **error)
{
    pg_parameters campaign = PG_PARAMETERS_INIT, list = PG_PARAMETERS_INIT;
    pg_rows *campaign_rows = NULL, *rows = NULL;
    pg_bind_uuid(&campaign, vendor_id);
    pg_bind_uuid(&campaign, campaign_id);
    pg_bind_uuid(&list, vendor_id);
    pg_bind_uuid(&list, campaign_id);
    pg_bind_text(&list, labels[state]);
    pg_bind_uuid(&list, after);
    pg_bind_int4(&list, limit);
    pg_statement statements[] = {{sql_recipient_campaign, &campaign, &campaign_rows, PG_ROLE_SAME},
                                 {sql_recipient_list, &list, &rows, PG_ROLE_SAME}};
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = pg_pool_transact(pool, &scope, statements, 2, error);
    if (!status && pg_rows_count(campaign_rows) == 0)
        status = common_not_found("campaign", error);
    if (!status && !(*out = recipient_page(rows)))
        status = error_memory(error);
    pg_rows_free(campaign_rows);
    pg_rows_free(rows);
    pg_parameters_free(&campaign);
    pg_parameters_free(&list);
    return status;
}

/* Rounded up: what is left of a second is not over. */
static int64_t seconds(int64_t messages, int64_t per_minute)
{
    return per_minute ? (messages * 60 + per_minute - 1) / per_minute : -1;
}

kl_status recipient_progress(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                             kl_campaign_progress *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, campaign_id);
    pg_bind_int4(&p, MINUTE_BATCHES);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_recipient_progress, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("campaign", error);
    if (!status) {
        kl_campaign_progress found = {
            .waiting = pg_int8(rows, 0, 0), .deferred = pg_int8(rows, 0, 1), .last_minute = pg_int8(rows, 0, 2)};
        found.eta_seconds = found.waiting ? seconds(found.waiting, found.last_minute) : 0;
        found.best_seconds = seconds(found.waiting, 60 * (int64_t)pg_int4(rows, 0, 3));
        *out = found;
    }
    pg_rows_free(rows);
    return status;
}

kl_uuid kl_recipient_message_id(const kl_recipient *recipient)
{
    return recipient ? recipient->message_id : (kl_uuid){{0}};
}

const kl_uuid *kl_recipient_contact_id(const kl_recipient *recipient)
{
    return recipient && recipient->has_contact ? &recipient->contact_id : NULL;
}

const char *kl_recipient_mobile(const kl_recipient *recipient)
{
    return recipient ? recipient->mobile : "";
}

int kl_recipient_batch_no(const kl_recipient *recipient)
{
    return recipient ? recipient->batch_no : 0;
}

kl_money kl_recipient_price(const kl_recipient *recipient)
{
    return recipient ? recipient->price : 0;
}

kl_recipient_state kl_recipient_state_of(const kl_recipient *recipient)
{
    return recipient ? recipient->state : (kl_recipient_state)0;
}

const char *kl_recipient_wa_message_id(const kl_recipient *recipient)
{
    return recipient ? recipient->wa_message_id : NULL;
}

int kl_recipient_error_code(const kl_recipient *recipient)
{
    return recipient ? recipient->error_code : 0;
}

const char *kl_recipient_error_text(const kl_recipient *recipient)
{
    return recipient ? recipient->error_text : NULL;
}

kl_time kl_recipient_sent_at(const kl_recipient *recipient)
{
    return recipient ? recipient->sent_at : 0;
}

kl_time kl_recipient_delivered_at(const kl_recipient *recipient)
{
    return recipient ? recipient->delivered_at : 0;
}

kl_time kl_recipient_read_at(const kl_recipient *recipient)
{
    return recipient ? recipient->read_at : 0;
}

kl_time kl_recipient_failed_at(const kl_recipient *recipient)
{
    return recipient ? recipient->failed_at : 0;
}

kl_time kl_recipient_next_at(const kl_recipient *recipient)
{
    return recipient ? recipient->next_at : 0;
}

int kl_recipient_attempts(const kl_recipient *recipient)
{
    return recipient ? recipient->attempts : 0;
}

const kl_uuid *kl_recipient_retry_of(const kl_recipient *recipient)
{
    return recipient && recipient->has_retry_of ? &recipient->retry_of : NULL;
}

void kl_recipient_free(kl_recipient *recipient)
{
    if (!recipient)
        return;
    free(recipient->mobile);
    free(recipient->wa_message_id);
    free(recipient->error_text);
    free(recipient);
}
