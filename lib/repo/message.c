/* Repository of the message log, for reading. */
#include "repo/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "repo/common.h"
#include "repo/page.h"
#include "sql.h"

struct kl_message {
    kl_uuid id;
    kl_uuid vendor_id;
    bool has_campaign;
    bool has_contact;
    kl_uuid campaign_id;
    kl_uuid contact_id;
    char *mobile;
    char *wa_message_id;
    kl_message_status status;
    kl_message_direction direction;
    kl_money price;
    int error_code;
    char *error_text;
    char *content;
    kl_message_kind kind;
    char *text;
    char *payload;
    bool has_reply_to;
    kl_uuid reply_to;
    char *context_wamid;
    char *phone_number_id;
    kl_time sent_at;
    kl_time delivered_at;
    kl_time read_at;
    kl_time failed_at;
    kl_time created_at;
};
PAGE_STRUCT(message);

const char *message_kind_label(kl_message_kind kind)
{
    static const char *const labels[] = {
        [KL_KIND_TEXT] = "TEXT",         [KL_KIND_BUTTON] = "BUTTON",           [KL_KIND_BUTTON_REPLY] = "BUTTON_REPLY",
        [KL_KIND_LIST_REPLY] = "LIST_REPLY", [KL_KIND_FLOW_REPLY] = "FLOW_REPLY", [KL_KIND_IMAGE] = "IMAGE",
        [KL_KIND_VIDEO] = "VIDEO",       [KL_KIND_AUDIO] = "AUDIO",             [KL_KIND_DOCUMENT] = "DOCUMENT",
        [KL_KIND_STICKER] = "STICKER",   [KL_KIND_REACTION] = "REACTION",       [KL_KIND_ORDER] = "ORDER",
        [KL_KIND_LOCATION] = "LOCATION", [KL_KIND_CONTACTS] = "CONTACTS",       [KL_KIND_SYSTEM] = "SYSTEM",
        [KL_KIND_UNSUPPORTED] = "UNSUPPORTED", [KL_KIND_OTHER] = "OTHER"};
    return labels[kind];
}

static kl_message_status status_from(const char *label)
{
    static const char *const labels[] = {[KL_MESSAGE_UNKNOWN] = "UNKNOWN",
                                         [KL_MESSAGE_SENT] = "SENT",
                                         [KL_MESSAGE_FAILED] = "FAILED",
                                         [KL_MESSAGE_DELIVERED] = "DELIVERED",
                                         [KL_MESSAGE_READ] = "READ"};
    for (int status = KL_MESSAGE_UNKNOWN; status <= KL_MESSAGE_READ; status++) {
        if (strcmp(labels[status], label) == 0)
            return (kl_message_status)status;
    }
    return (kl_message_status)0;
}

/* 0 for SQL NULL, and OTHER for a label that this version does not know. */
static kl_message_kind kind_from(const pg_rows *rows, int row, int column)
{
    if (pg_is_null(rows, row, column))
        return (kl_message_kind)0;
    for (int kind = KL_KIND_TEXT; kind < KL_KIND_OTHER; kind++)
        if (strcmp(message_kind_label((kl_message_kind)kind), pg_text(rows, row, column)) == 0)
            return (kl_message_kind)kind;
    return KL_KIND_OTHER;
}

/* NULL for SQL NULL; false when there is no memory. */
static bool copy_text(const pg_rows *rows, int row, int column, char **out)
{
    bool null = pg_is_null(rows, row, column);
    *out = null ? NULL : pg_text_copy(rows, row, column);
    return null || *out;
}

/* Columns: id, vendor_id, campaign_id, contact_id, mobile, wa_message_id, status, direction, price, error_code,
 * error_text, content, sent_at, delivered_at, read_at, failed_at, created_at, kind, text, payload, reply_to, context_wamid,
 * phone_number_id. */
static kl_message *message_from(const pg_rows *rows, int row)
{
    kl_message *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->id = pg_uuid(rows, row, 0);
    m->vendor_id = pg_uuid(rows, row, 1);
    m->has_campaign = !pg_is_null(rows, row, 2);
    m->campaign_id = pg_uuid(rows, row, 2);
    m->has_contact = !pg_is_null(rows, row, 3);
    m->contact_id = pg_uuid(rows, row, 3);
    m->status = status_from(pg_text(rows, row, 6));
    m->direction = strcmp(pg_text(rows, row, 7), "INBOUND") == 0 ? KL_INBOUND : KL_OUTBOUND;
    m->price = pg_money(rows, row, 8);
    m->error_code = pg_int4(rows, row, 9);
    m->sent_at = pg_time(rows, row, 12);
    m->delivered_at = pg_time(rows, row, 13);
    m->read_at = pg_time(rows, row, 14);
    m->failed_at = pg_time(rows, row, 15);
    m->created_at = pg_time(rows, row, 16);
    m->kind = kind_from(rows, row, 17);
    m->has_reply_to = !pg_is_null(rows, row, 20);
    m->reply_to = pg_uuid(rows, row, 20);
    if (copy_text(rows, row, 4, &m->mobile) && copy_text(rows, row, 5, &m->wa_message_id) &&
        copy_text(rows, row, 10, &m->error_text) && copy_text(rows, row, 11, &m->content) &&
        copy_text(rows, row, 18, &m->text) && copy_text(rows, row, 19, &m->payload) &&
        copy_text(rows, row, 21, &m->context_wamid) && copy_text(rows, row, 22, &m->phone_number_id))
        return m;
    kl_message_free(m);
    return NULL;
}
PAGE_ACCESSORS(message)
PAGE_FROM_ROWS(message)

static kl_status read_one(pg_pool *pool, const kl_uuid *vendor_id, const char *sql, pg_parameters *p, kl_message **out,
                          kl_error **error)
{
    pg_rows *rows = NULL;
    pg_scope scope = tenant_reading(vendor_id);
    /* For a vendor that statistics do not know yet, a plan of its own would look for a wamid in all of the vendor's rows. */
    scope.generic_plans = true;
    kl_message *found = NULL;
    kl_status status = common_query(pool, &scope, sql, p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("message", error);
    if (!status && !(found = message_from(rows, 0)))
        status = error_memory(error);
    if (!status)
        *out = found;
    pg_rows_free(rows);
    return status;
}

kl_status message_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_message **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    return read_one(pool, vendor_id, sql_message_get, &p, out, error);
}

kl_status message_find(pg_pool *pool, const kl_uuid *vendor_id, const char *wa_message_id, kl_message **out,
                       kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_text(&p, wa_message_id);
    return read_one(pool, vendor_id, sql_message_find, &p, out, error);
}

kl_status message_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_message_page **out,
                       kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, after);
    pg_bind_int4(&p, limit);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_message_list, &p, &rows, error);
    if (!status && !(*out = message_page(rows)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

kl_status message_list_of_campaign(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                                   const kl_uuid *after, int limit, kl_message_page **out, kl_error **error)
{
    pg_parameters campaign = PG_PARAMETERS_INIT, messages = PG_PARAMETERS_INIT;
    pg_rows *campaign_rows = NULL, *rows = NULL;
    pg_bind_uuid(&campaign, vendor_id);
    pg_bind_uuid(&campaign, campaign_id);
    pg_bind_uuid(&messages, vendor_id);
    pg_bind_uuid(&messages, campaign_id);
    pg_bind_uuid(&messages, after);
    pg_bind_int4(&messages, limit);
    pg_statement statements[] = {{sql_message_list_campaign, &campaign, &campaign_rows, PG_ROLE_SAME},
                                 {sql_message_list_of_campaign, &messages, &rows, PG_ROLE_SAME}};
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = pg_pool_transact(pool, &scope, statements, 2, error);
    if (!status && pg_rows_count(campaign_rows) == 0)
        status = common_not_found("campaign", error);
    if (!status && !(*out = message_page(rows)))
        status = error_memory(error);
    pg_rows_free(campaign_rows);
    pg_rows_free(rows);
    pg_parameters_free(&campaign);
    pg_parameters_free(&messages);
    return status;
}

kl_uuid kl_message_id(const kl_message *message)
{
    return message ? message->id : (kl_uuid){{0}};
}

kl_uuid kl_message_vendor_id(const kl_message *message)
{
    return message ? message->vendor_id : (kl_uuid){{0}};
}

const kl_uuid *kl_message_campaign_id(const kl_message *message)
{
    return message && message->has_campaign ? &message->campaign_id : NULL;
}

const kl_uuid *kl_message_contact_id(const kl_message *message)
{
    return message && message->has_contact ? &message->contact_id : NULL;
}

const char *kl_message_mobile(const kl_message *message)
{
    return message ? message->mobile : "";
}

const char *kl_message_wa_message_id(const kl_message *message)
{
    return message ? message->wa_message_id : NULL;
}

kl_message_status kl_message_status_of(const kl_message *message)
{
    return message ? message->status : (kl_message_status)0;
}

kl_message_direction kl_message_direction_of(const kl_message *message)
{
    return message ? message->direction : (kl_message_direction)0;
}

kl_money kl_message_price(const kl_message *message)
{
    return message ? message->price : 0;
}

int kl_message_error_code(const kl_message *message)
{
    return message ? message->error_code : 0;
}

const char *kl_message_error_text(const kl_message *message)
{
    return message ? message->error_text : NULL;
}

const char *kl_message_content(const kl_message *message)
{
    return message ? message->content : NULL;
}

kl_message_kind kl_message_kind_of(const kl_message *message)
{
    return message ? message->kind : (kl_message_kind)0;
}

const char *kl_message_text(const kl_message *message)
{
    return message ? message->text : NULL;
}

const char *kl_message_payload(const kl_message *message)
{
    return message ? message->payload : NULL;
}

const kl_uuid *kl_message_reply_to(const kl_message *message)
{
    return message && message->has_reply_to ? &message->reply_to : NULL;
}

const char *kl_message_context_wamid(const kl_message *message)
{
    return message ? message->context_wamid : NULL;
}

const char *kl_message_phone_number_id(const kl_message *message)
{
    return message ? message->phone_number_id : NULL;
}

kl_time kl_message_sent_at(const kl_message *message)
{
    return message ? message->sent_at : 0;
}

kl_time kl_message_delivered_at(const kl_message *message)
{
    return message ? message->delivered_at : 0;
}

kl_time kl_message_read_at(const kl_message *message)
{
    return message ? message->read_at : 0;
}

kl_time kl_message_failed_at(const kl_message *message)
{
    return message ? message->failed_at : 0;
}

kl_time kl_message_created_at(const kl_message *message)
{
    return message ? message->created_at : 0;
}

void kl_message_free(kl_message *message)
{
    if (!message)
        return;
    free(message->mobile);
    free(message->wa_message_id);
    free(message->error_text);
    free(message->content);
    free(message->text);
    free(message->payload);
    free(message->context_wamid);
    free(message->phone_number_id);
    free(message);
}
