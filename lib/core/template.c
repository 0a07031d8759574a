/* The rules of templates: reading Meta's description, and what a change of one does to what is queued. */
#include "core/template.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "core/breaker.h"
#include "core/template_price.h"
#include "meta/template_definition.h"

/* What Meta answers to those who send a template that is not approved. */
enum { CODE_MISSING = 132001, CODE_PAUSED = 132015, CODE_DISABLED = 132016 };

static int code_of(const char *status)
{
    return strcmp(status, "PAUSED") == 0 ? CODE_PAUSED : strcmp(status, "DISABLED") == 0 ? CODE_DISABLED : CODE_MISSING;
}

/* Stops the campaigns of one account with the template. Its state is stored: the breaker stays until that changes. */
static kl_status stop(kl *handle, const kl_uuid *vendor_id, const pg_rows *accounts, int row, kl_error **error)
{
    kl_uuid account = pg_uuid(accounts, row, 0);
    const char *status = pg_text(accounts, row, 3), *reason = pg_text(accounts, row, 4);
    buffer text = BUFFER_INIT;
    buffer_format(&text, *reason ? "the template is %s: %s" : "the template is %s%s", status, reason);
    if (text.broken)
        return error_memory(error);
    const breaker_cause cause = {.scope = KL_BREAKER_TEMPLATE,
                                 .vendor_id = *vendor_id,
                                 .waba_account_id = &account,
                                 .template_name = pg_text(accounts, row, 1),
                                 .template_language = pg_text(accounts, row, 2),
                                 .code = code_of(status),
                                 .text = text.data};
    kl_status answer = breaker_trip(handle, &cause, error);
    buffer_free(&text);
    return answer;
}

/* Somebody else may have closed it meanwhile. */
static kl_status start_again(kl *handle, const kl_uuid *vendor_id, const kl_uuid *breaker_id, kl_error **error)
{
    kl_error *why = NULL;
    kl_status status = breaker_resume(handle, vendor_id, breaker_id, &why);
    if (status == KL_ERR_NOT_FOUND)
        status = KL_OK;
    else if (status)
        error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
    kl_error_free(why);
    return status;
}

/* Makes what is queued agree with the stored template. */
static kl_status settle(kl *handle, const kl_uuid *vendor_id, const kl_uuid *template_id, kl_error **error)
{
    pg_rows *accounts = NULL;
    kl_status status = template_accounts(handle->pool, vendor_id, template_id, &accounts, error);
    for (int i = 0; !status && i < pg_rows_count(accounts); i++) {
        kl_uuid breaker_id = pg_uuid(accounts, i, 5);
        if (strcmp(pg_text(accounts, i, 3), "APPROVED") != 0)
            status = stop(handle, vendor_id, accounts, i, error);
        else if (!pg_is_null(accounts, i, 5))
            status = start_again(handle, vendor_id, &breaker_id, error);
    }
    pg_rows_free(accounts);
    return status ? status : template_reprice(handle, vendor_id, template_id, error);
}

static kl_status upsert(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const template_definition *d,
                        kl_template **out, kl_error **error)
{
    const template_row row = {
        .meta_id = d->meta_id,
        .name = d->name,
        .language = d->language,
        .category = d->category,
        .status = d->status,
        .quality = d->quality,
        .reason = d->reason,
        .named = d->named,
        .count = d->count,
        .places = (const char *const *)d->places,
        .names = (const char *const *)d->names,
        .unsupported = d->unsupported,
        .components = d->components.bytes,
        .components_length = d->components.length,
    };
    return template_upsert(handle->pool, vendor_id, waba_account_id, &row, out, error);
}

kl_status template_store(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *json,
                         size_t length, kl_template **out, kl_error **error)
{
    template_definition definition;
    kl_template *stored = NULL;
    kl_status status = template_definition_parse(json, length, &definition, error);
    if (!status)
        status = upsert(handle, vendor_id, waba_account_id, &definition, &stored, error);
    if (!status) {
        kl_uuid id = kl_template_id(stored);
        status = settle(handle, vendor_id, &id, error);
    }
    if (!status && out)
        *out = stored;
    else
        kl_template_free(stored);
    template_definition_free(&definition);
    return status;
}

const char *template_status_after(const char *event)
{
    /* A flagged template is sent until it is disabled. */
    static const char *const approved[] = {"REINSTATED", "UNARCHIVED", "FLAGGED"};
    for (size_t i = 0; i < sizeof approved / sizeof approved[0]; i++)
        if (strcmp(event, approved[i]) == 0)
            return "APPROVED";
    return event;
}

static kl_status changed_for(kl *handle, const kl_uuid *vendor_id, const char *waba_id, const template_change *change,
                             kl_error **error)
{
    pg_rows *ids = NULL;
    kl_status status = template_change_stored(handle->pool, vendor_id, waba_id, change, &ids, error);
    for (int i = 0; !status && i < pg_rows_count(ids); i++) {
        kl_uuid id = pg_uuid(ids, i, 0);
        status = settle(handle, vendor_id, &id, error);
    }
    pg_rows_free(ids);
    return status;
}

kl_status template_changed(kl *handle, const char *waba_id, const template_change *change, kl_error **error)
{
    kl_uuid last;
    const kl_uuid *after = NULL;
    for (;;) {
        pg_rows *vendors = NULL;
        kl_status status = template_vendors(handle->pool, waba_id, after, &vendors, error);
        int count = pg_rows_count(vendors);
        for (int i = 0; !status && i < count; i++) {
            last = pg_uuid(vendors, i, 0);
            status = changed_for(handle, &last, waba_id, change, error);
        }
        pg_rows_free(vendors);
        if (status || !count)
            return status;
        after = &last;
    }
}
