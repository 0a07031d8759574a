/* Repository of templates. */
#include "repo/template.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "repo/common.h"
#include "repo/page.h"
#include "repo/rate.h"
#include "sql.h"

/* Texts of the row, in the order of their columns. */
enum { WABA_ID, META_ID, NAME, LANGUAGE, STATUS, REASON, QUALITY, COMPONENTS, UNSUPPORTED, TEXTS };

struct kl_template {
    kl_uuid vendor_id;
    kl_uuid id;
    char *texts[TEXTS];
    kl_template_category category;
    kl_parameter_format format;
    size_t count;
    char **places;
    char **names;
    kl_time created_at;
    kl_time updated_at;
    kl_time outdated_at;
};
PAGE_STRUCT(template);

/* The elements of a text[]; false without memory, and what was copied is there to be freed. */
static bool copy_array(const pg_rows *rows, int row, int column, size_t count, char ***out)
{
    char **texts = *out = calloc(count + 1, sizeof *texts);
    pg_array_walk walk = pg_array_start(rows, row, column);
    const char *text;
    size_t length;
    for (size_t i = 0; texts && i < count; i++) {
        texts[i] = pg_array_next(&walk, &text, &length) ? strndup(text ? text : "", length) : strdup("");
        if (!texts[i])
            return false;
    }
    return texts != NULL;
}

/* Columns: those of template/get.sql. */
static kl_template *template_from(const pg_rows *rows, int row)
{
    static const int columns[TEXTS] = {2, 3, 4, 5, 7, 8, 9, 11, 12};
    kl_template *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    bool complete = true;
    t->vendor_id = pg_uuid(rows, row, 0);
    t->id = pg_uuid(rows, row, 1);
    for (int i = 0; i < TEXTS; i++) {
        t->texts[i] = pg_text_copy(rows, row, columns[i]);
        complete = complete && t->texts[i];
    }
    t->category = rate_category_from(pg_text(rows, row, 6));
    t->format = strcmp(pg_text(rows, row, 10), "NAMED") == 0 ? KL_PARAMETERS_NAMED : KL_PARAMETERS_POSITIONAL;
    t->count = pg_array_count(rows, row, 13);
    complete = copy_array(rows, row, 13, t->count, &t->places) && complete;
    complete = copy_array(rows, row, 14, t->count, &t->names) && complete;
    t->created_at = pg_time(rows, row, 15);
    t->updated_at = pg_time(rows, row, 16);
    t->outdated_at = pg_time(rows, row, 17);
    if (complete)
        return t;
    kl_template_free(t);
    return NULL;
}
PAGE_ACCESSORS(template)
PAGE_FROM_ROWS(template)

/* The one row of a result, or "no such WHAT". */
static kl_status one(const pg_rows *rows, const char *what, kl_template **out, kl_error **error)
{
    if (pg_rows_count(rows) == 0)
        return common_not_found(what, error);
    *out = template_from(rows, 0);
    return *out ? KL_OK : error_memory(error);
}

kl_status template_upsert(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *waba_account_id,
                          const template_row *row, kl_template **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    kl_uuid id;
    uuid_generate(&id);
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, waba_account_id);
    pg_bind_uuid(&p, &id);
    pg_bind_text(&p, row->meta_id);
    pg_bind_text(&p, row->name);
    pg_bind_text(&p, row->language);
    pg_bind_text(&p, row->category);
    pg_bind_text(&p, row->status);
    pg_bind_text(&p, row->named ? "NAMED" : "POSITIONAL");
    pg_bind_text_array(&p, row->places, row->count);
    pg_bind_text_array(&p, row->names, row->count);
    pg_bind_text(&p, row->unsupported);
    pg_bind_jsonb(&p, row->components, row->components_length);
    pg_bind_text(&p, row->quality);
    pg_bind_text(&p, row->reason);
    pg_scope scope = tenant(vendor_id);
    kl_status status = common_query(pool, &scope, sql_template_upsert, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("account", error);
    if (!status && !(*out = template_from(rows, 0)))
        status = common_untold(error);
    pg_rows_free(rows);
    return status;
}

kl_status template_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_template **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_template_get, &p, &rows, error);
    if (!status)
        status = one(rows, "template", out, error);
    pg_rows_free(rows);
    return status;
}

kl_status template_find(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *name,
                        const char *language, kl_template **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, waba_account_id);
    pg_bind_text(&p, name);
    pg_bind_text(&p, language);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_template_find, &p, &rows, error);
    if (!status)
        status = one(rows, "template", out, error);
    pg_rows_free(rows);
    return status;
}

kl_status template_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_template_page **out,
                        kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, after);
    pg_bind_int4(&p, limit);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_template_list, &p, &rows, error);
    if (!status && !(*out = template_page(rows)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

kl_status template_delete(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    kl_error *why = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    kl_status status = common_change(pool, vendor_id, sql_template_delete, &p, "template", &why);
    if (status == KL_ERR_IN_USE)
        error_set_sqlstate(error, status, kl_error_sqlstate(why), "a campaign was made with the template");
    else if (status)
        error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
    kl_error_free(why);
    return status;
}

kl_status template_shape_stored(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *name,
                                const char *language, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_scope scope = tenant_reading(vendor_id);
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, waba_account_id);
    pg_bind_text(&p, name);
    pg_bind_text(&p, language);
    return common_query(pool, &scope, sql_template_shape, &p, rows, error);
}

kl_status template_take_for_campaign(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_time starts_at,
                                     pg_rows **rows, kl_error **error)
{
    pg_parameters p[2] = {{.count = 0}};
    for (int i = 0; i < 2; i++) {
        pg_bind_uuid(&p[i], vendor_id);
        pg_bind_uuid(&p[i], campaign_id);
    }
    pg_bind_time(&p[1], starts_at);
    const pg_statement statements[] = {{sql_campaign_take_template, &p[0], NULL, PG_ROLE_SAME},
                                       {sql_campaign_template, &p[1], rows, PG_ROLE_SAME}};
    kl_status status = pg_execute(c, statements, 2, error);
    pg_parameters_free(&p[0]);
    pg_parameters_free(&p[1]);
    return status;
}

kl_status template_vendors(pg_pool *pool, const char *waba_id, const kl_uuid *after, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_scope scope = {.role = PG_ROLE_PLATFORM, .read_only = true};
    pg_bind_text(&p, waba_id);
    pg_bind_uuid(&p, after);
    return common_query(pool, &scope, sql_template_vendors, &p, rows, error);
}

kl_status template_change_stored(pg_pool *pool, const kl_uuid *vendor_id, const char *waba_id,
                                 const template_change *change, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_scope scope = tenant(vendor_id);
    pg_bind_uuid(&p, vendor_id);
    pg_bind_text(&p, waba_id);
    pg_bind_text(&p, change->meta_id);
    pg_bind_text(&p, change->name);
    pg_bind_text(&p, change->language);
    pg_bind_text(&p, change->category);
    pg_bind_text(&p, change->status);
    pg_bind_text(&p, change->quality);
    pg_bind_text(&p, change->reason);
    pg_bind_bool(&p, change->components);
    return common_query(pool, &scope, sql_template_change, &p, rows, error);
}

kl_status template_accounts(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_scope scope = tenant_reading(vendor_id);
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    return common_query(pool, &scope, sql_template_accounts, &p, rows, error);
}

kl_uuid kl_template_id(const kl_template *t)
{
    return t ? t->id : (kl_uuid){{0}};
}

kl_uuid kl_template_vendor_id(const kl_template *t)
{
    return t ? t->vendor_id : (kl_uuid){{0}};
}

#define TEXT_GETTER(getter, text)                                                                                      \
    const char *getter(const kl_template *t)                                                                           \
    {                                                                                                                  \
        return t ? t->texts[text] : "";                                                                                \
    }
TEXT_GETTER(kl_template_waba_id, WABA_ID)
TEXT_GETTER(kl_template_meta_id, META_ID)
TEXT_GETTER(kl_template_name, NAME)
TEXT_GETTER(kl_template_language, LANGUAGE)
TEXT_GETTER(kl_template_status, STATUS)
TEXT_GETTER(kl_template_reason, REASON)
TEXT_GETTER(kl_template_quality, QUALITY)
TEXT_GETTER(kl_template_components, COMPONENTS)
TEXT_GETTER(kl_template_unsupported, UNSUPPORTED)

kl_template_category kl_template_category_of(const kl_template *t)
{
    return t ? t->category : (kl_template_category)0;
}

kl_parameter_format kl_template_parameter_format(const kl_template *t)
{
    return t ? t->format : (kl_parameter_format)0;
}

size_t kl_template_parameter_count(const kl_template *t)
{
    return t ? t->count : 0;
}

const char *kl_template_parameter_place(const kl_template *t, size_t index)
{
    return t && index < t->count ? t->places[index] : "";
}

const char *kl_template_parameter_name(const kl_template *t, size_t index)
{
    return t && index < t->count ? t->names[index] : "";
}

kl_time kl_template_created_at(const kl_template *t)
{
    return t ? t->created_at : 0;
}

kl_time kl_template_updated_at(const kl_template *t)
{
    return t ? t->updated_at : 0;
}

kl_time kl_template_outdated_at(const kl_template *t)
{
    return t ? t->outdated_at : 0;
}

void kl_template_free(kl_template *t)
{
    if (!t)
        return;
    for (int i = 0; i < TEXTS; i++)
        free(t->texts[i]);
    for (size_t i = 0; i < t->count; i++) {
        if (t->places)
            free(t->places[i]);
        if (t->names)
            free(t->names[i]);
    }
    free(t->places);
    free(t->names);
    free(t);
}
