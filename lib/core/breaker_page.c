/* Open circuit breakers as a vendor, or the platform, sees them. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "core/breaker.h"
#include "meta/error_policy.h"
#include "repo/breaker.h"
#include "repo/page.h"

struct kl_breaker {
    kl_uuid id;
    kl_breaker_scope scope;
    char *subject;
    char *language;
    char *reason;
    int code;
    bool shared;
    kl_time opened_at;
    kl_time resumes_at;
};
PAGE_STRUCT(breaker);
PAGE_ACCESSORS(breaker)

static kl_breaker_scope scope_from(const char *label)
{
    static const char *const labels[] = {"NUMBER", "WABA", "TEMPLATE", "CAMPAIGN"};
    for (int i = 0; i < 4; i++)
        if (strcmp(labels[i], label) == 0)
            return (kl_breaker_scope)(KL_BREAKER_NUMBER + i);
    return (kl_breaker_scope)0;
}

/* The row of `notes` with that id, -1: none. */
static int note_of(const pg_rows *notes, const kl_uuid *id)
{
    for (int i = 0; i < pg_rows_count(notes); i++) {
        kl_uuid noted = pg_uuid(notes, i, 0);
        if (uuid_compare(&noted, id) == 0)
            return i;
    }
    return -1;
}

static kl_breaker *breaker_from(const pg_rows *rows, int row, const pg_rows *notes)
{
    kl_breaker *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->id = pg_uuid(rows, row, 0);
    b->scope = scope_from(pg_text(rows, row, 1));
    b->shared = !pg_bool(rows, row, 3);
    b->code = pg_int4(rows, row, 4);
    b->opened_at = pg_time(rows, row, 5);
    b->resumes_at = pg_time(rows, row, 6);
    int note = note_of(notes, &b->id);
    bool template = note >= 0 && b->scope == KL_BREAKER_TEMPLATE;
    b->subject = template ? pg_text_copy(notes, note, 2) : pg_text_copy(rows, row, 2);
    b->language = template ? pg_text_copy(notes, note, 3) : strdup("");
    b->reason = note >= 0 && !pg_is_null(notes, note, 4) ? pg_text_copy(notes, note, 4)
                                                         : strdup(error_policy_for(b->code)->text);
    if (b->subject && b->language && b->reason)
        return b;
    kl_breaker_free(b);
    return NULL;
}

static kl_status page_from(const pg_rows *rows, const pg_rows *notes, kl_breaker_page **out, kl_error **error)
{
    int count = pg_rows_count(rows);
    kl_breaker_page *page = calloc(1, sizeof *page);
    if (page)
        page->items = calloc((size_t)count + 1, sizeof *page->items);
    for (int i = 0; page && page->items && i < count; i++) {
        page->items[i] = breaker_from(rows, i, notes);
        if (!page->items[i])
            break;
        page->count++;
    }
    if (page && page->count == (size_t)count) {
        *out = page;
        return KL_OK;
    }
    kl_breaker_page_free(page);
    return error_memory(error);
}

kl_status breaker_page_of(kl *handle, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_breaker_page **out,
                          kl_error **error)
{
    pg_rows *rows = NULL, *notes = NULL;
    kl_status status = breaker_list(handle->pool, vendor_id, after, limit, &rows, &notes, error);
    if (!status)
        status = page_from(rows, notes, out, error);
    pg_rows_free(rows);
    pg_rows_free(notes);
    return status;
}

kl_status breaker_page_shared(kl *handle, const kl_uuid *after, int limit, kl_breaker_page **out, kl_error **error)
{
    pg_rows *rows = NULL;
    kl_status status = breaker_list_shared(handle->pool, after, limit, &rows, error);
    if (!status)
        status = page_from(rows, NULL, out, error);
    pg_rows_free(rows);
    return status;
}

kl_uuid kl_breaker_id(const kl_breaker *breaker)
{
    return breaker ? breaker->id : (kl_uuid){{0}};
}

kl_breaker_scope kl_breaker_scope_of(const kl_breaker *breaker)
{
    return breaker ? breaker->scope : (kl_breaker_scope)0;
}

const char *kl_breaker_subject(const kl_breaker *breaker)
{
    return breaker ? breaker->subject : "";
}

const char *kl_breaker_language(const kl_breaker *breaker)
{
    return breaker ? breaker->language : "";
}

int kl_breaker_code(const kl_breaker *breaker)
{
    return breaker ? breaker->code : 0;
}

const char *kl_breaker_reason(const kl_breaker *breaker)
{
    return breaker ? breaker->reason : "";
}

kl_time kl_breaker_opened_at(const kl_breaker *breaker)
{
    return breaker ? breaker->opened_at : 0;
}

kl_time kl_breaker_resumes_at(const kl_breaker *breaker)
{
    return breaker ? breaker->resumes_at : 0;
}

int kl_breaker_shared(const kl_breaker *breaker)
{
    return breaker ? breaker->shared : 0;
}

void kl_breaker_free(kl_breaker *breaker)
{
    if (!breaker)
        return;
    free(breaker->subject);
    free(breaker->language);
    free(breaker->reason);
    free(breaker);
}
