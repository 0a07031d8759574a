/* Campaigns and the stored templates that they are checked against. */
#include "core/campaign_template.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "core/template_check.h"
#include "repo/common.h"
#include "repo/template.h"

enum { PARAMETERS_MAX = 64 };

/* Columns of template/shape.sql. */
enum { COLUMN_ID, COLUMN_STATUS, COLUMN_FORMAT, COLUMN_PLACES, COLUMN_NAMES, COLUMN_UNSUPPORTED, COLUMN_CATALOGUED,
       COLUMN_OWN_PLACES, COLUMN_OWN_NAMES, COLUMN_RESTS };

static kl_status check_rows(const pg_rows *rows, const template_given *given, size_t count, kl_error **error)
{
    if (!pg_bool(rows, 0, COLUMN_CATALOGUED))
        return KL_OK; /* nothing is known of the account's templates */
    if (pg_is_null(rows, 0, COLUMN_ID))
        return error_set(error, KL_ERR_TEMPLATE, "the account has no such template in this language");
    template_shape shape = {
        .status = pg_text(rows, 0, COLUMN_STATUS),
        .unsupported = pg_is_null(rows, 0, COLUMN_UNSUPPORTED) ? NULL : pg_text(rows, 0, COLUMN_UNSUPPORTED),
        .named = strcmp(pg_text(rows, 0, COLUMN_FORMAT), "NAMED") == 0,
        .rows = rows,
        .places_column = COLUMN_PLACES,
        .names_column = COLUMN_NAMES,
    };
    return template_check(&shape, given, count, error);
}

kl_status campaign_template_check(kl *handle, const kl_uuid *vendor_id, const kl_campaign_options *options,
                                  const campaign_parameters *parameters, kl_error **error)
{
    template_given given[PARAMETERS_MAX];
    pg_rows *rows = NULL;
    kl_status status = template_shape_stored(handle->pool, vendor_id, options->waba_account_id, options->template_name,
                                             options->template_language, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("vendor or WABA account", error);
    for (size_t i = 0; i < parameters->count; i++)
        given[i] = (template_given){parameters->places[i], parameters->names[i]};
    if (!status)
        status = check_rows(rows, given, parameters->count, error);
    pg_rows_free(rows);
    return status;
}

/* The campaign's own parameters; the texts belong to `given`. */
static kl_status read_given(const pg_rows *rows, template_given given[PARAMETERS_MAX], size_t *count, kl_error **error)
{
    pg_array_walk places = pg_array_start(rows, 0, COLUMN_OWN_PLACES), names = pg_array_start(rows, 0, COLUMN_OWN_NAMES);
    const char *text;
    size_t length;
    for (*count = 0; *count < PARAMETERS_MAX && pg_array_next(&names, &text, &length); ++*count) {
        template_given *g = &given[*count];
        *g = (template_given){NULL, NULL};
        if (text && length && !(g->name = strndup(text, length)))
            return error_memory(error);
        if (pg_array_next(&places, &text, &length) && text && !(g->place = strndup(text, length))) {
            free((char *)g->name);
            return error_memory(error);
        }
    }
    return KL_OK;
}

kl_status campaign_template_take(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, kl_time starts_at,
                                 kl_error **error)
{
    template_given given[PARAMETERS_MAX];
    size_t count = 0;
    pg_rows *rows = NULL;
    kl_status status = template_take_for_campaign(c, vendor_id, id, starts_at, &rows, error);
    if (!status && pg_rows_count(rows) && !pg_is_null(rows, 0, COLUMN_RESTS))
        status = template_resting(pg_text(rows, 0, COLUMN_RESTS), error);
    if (!status && pg_rows_count(rows)) {
        status = read_given(rows, given, &count, error);
        if (!status)
            status = check_rows(rows, given, count, error);
        while (count) {
            free((char *)given[--count].name);
            free((char *)given[count].place);
        }
    }
    pg_rows_free(rows);
    return status;
}
