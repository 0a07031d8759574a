/* Repository of consent: evidence, and the state of contacts that follows from it. */
#include "repo/consent.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "repo/common.h"
#include "repo/page.h"
#include "sql.h"

struct kl_consent {
    kl_uuid vendor_id;
    kl_uuid id;
    kl_uuid contact_id;
    kl_consent_kind kind;
    kl_consent_source source;
    kl_time said_at;
    kl_time created_at;
    char *user;
    bool has_message;
    kl_uuid message_id;
    char *text;
};
PAGE_STRUCT(consent);

static const char *const kinds[] = {NULL, "OPT_OUT", "OPT_IN"};
static const char *const sources[] = {NULL, "CALL", "KEYWORD", "QUICK_REPLY", "PREFERENCE", "ERROR"};

const char *consent_kind_label(kl_consent_kind kind)
{
    return kinds[kind];
}

const char *consent_source_label(kl_consent_source source)
{
    return sources[source];
}

/* 0 for a label that this version does not know. */
static int number_of(const char *label, const char *const *labels, int count)
{
    for (int i = 1; i < count; i++)
        if (strcmp(labels[i], label) == 0)
            return i;
    return 0;
}

/* Columns: vendor_id, id, contact_id, kind, source, at, user_key, message_id, text, created_at. */
static kl_consent *consent_from(const pg_rows *rows, int row)
{
    kl_consent *consent = calloc(1, sizeof *consent);
    if (!consent)
        return NULL;
    consent->vendor_id = pg_uuid(rows, row, 0);
    consent->id = pg_uuid(rows, row, 1);
    consent->contact_id = pg_uuid(rows, row, 2);
    consent->kind = (kl_consent_kind)number_of(pg_text(rows, row, 3), kinds, KL_OPT_IN + 1);
    consent->source = (kl_consent_source)number_of(pg_text(rows, row, 4), sources, KL_CONSENT_ERROR + 1);
    consent->said_at = pg_time(rows, row, 5);
    consent->user = pg_text_copy(rows, row, 6);
    consent->has_message = !pg_is_null(rows, row, 7);
    consent->message_id = pg_uuid(rows, row, 7);
    bool has_text = !pg_is_null(rows, row, 8);
    consent->text = has_text ? pg_text_copy(rows, row, 8) : NULL;
    consent->created_at = pg_time(rows, row, 9);
    if (consent->user && (consent->text || !has_text))
        return consent;
    kl_consent_free(consent);
    return NULL;
}
PAGE_ACCESSORS(consent)
PAGE_FROM_ROWS(consent)

kl_status consent_say(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *contact_id, kl_consent_kind kind,
                      const char *note, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    kl_uuid id;
    uuid_generate(&id);
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, contact_id);
    pg_bind_uuid(&p, &id);
    pg_bind_text(&p, kinds[kind]);
    pg_bind_text(&p, note);
    pg_scope scope = tenant(vendor_id);
    kl_status status = common_query(pool, &scope, sql_consent_say, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("contact", error);
    pg_rows_free(rows);
    return status;
}

kl_status consent_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *contact_id, const kl_uuid *after, int limit,
                       kl_consent_page **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, contact_id);
    pg_bind_uuid(&p, after);
    pg_bind_int4(&p, limit);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_consent_list, &p, &rows, error);
    if (!status && !(*out = consent_page(rows)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

kl_status consent_settings(pg_pool *pool, const kl_uuid *vendor_id, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_scope scope = tenant_reading(vendor_id);
    return common_query(pool, &scope, sql_consent_settings, &p, rows, error);
}

kl_status consent_prefer(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const char *number, const char *user_id,
                         kl_consent_kind kind, kl_time at, const char *text, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    kl_uuid fresh;
    uuid_generate(&fresh);
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    pg_bind_uuid(&p, &fresh);
    pg_bind_text(&p, number);
    pg_bind_text(&p, user_id);
    pg_bind_text(&p, kinds[kind]);
    pg_bind_time(&p, at);
    pg_bind_text(&p, text);
    pg_scope scope = tenant(vendor_id);
    return common_query(pool, &scope, sql_consent_prefer, &p, NULL, error);
}

kl_uuid kl_consent_id(const kl_consent *consent)
{
    return consent ? consent->id : (kl_uuid){{0}};
}

kl_uuid kl_consent_vendor_id(const kl_consent *consent)
{
    return consent ? consent->vendor_id : (kl_uuid){{0}};
}

kl_uuid kl_consent_contact_id(const kl_consent *consent)
{
    return consent ? consent->contact_id : (kl_uuid){{0}};
}

kl_consent_kind kl_consent_kind_of(const kl_consent *consent)
{
    return consent ? consent->kind : (kl_consent_kind)0;
}

kl_consent_source kl_consent_source_of(const kl_consent *consent)
{
    return consent ? consent->source : (kl_consent_source)0;
}

kl_time kl_consent_said_at(const kl_consent *consent)
{
    return consent ? consent->said_at : 0;
}

kl_time kl_consent_created_at(const kl_consent *consent)
{
    return consent ? consent->created_at : 0;
}

const char *kl_consent_user(const kl_consent *consent)
{
    return consent ? consent->user : "";
}

const kl_uuid *kl_consent_message_id(const kl_consent *consent)
{
    return consent && consent->has_message ? &consent->message_id : NULL;
}

const char *kl_consent_text(const kl_consent *consent)
{
    return consent ? consent->text : NULL;
}

void kl_consent_free(kl_consent *consent)
{
    if (!consent)
        return;
    free(consent->user);
    free(consent->text);
    free(consent);
}
