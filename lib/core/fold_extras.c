/* Folding what is not about one message: preferences of users, and changes of templates, numbers and accounts.
 *
 * Each is done in transactions of its own after the messages, may be done twice, and is remembered as done at the end. */
#include "core/fold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "core/breaker.h"
#include "core/template.h"
#include "crypto/hmac.h"
#include "meta/webhook_fields.h"
#include "repo/consent.h"
#include "repo/field.h"

/* The rate that Meta gives to a number by its automatic upgrade, and the code by which it refuses what a locked account sends. */
enum { UPGRADED_RATE = 1000, ACCOUNT_LOCKED = 131031, DETAIL_BYTES = 600, REASON_BYTES = 500 };

/* A hash of texts, each with its NUL so that none runs into the next; a NULL counts as empty. */
static bool hash_texts(const char *const *texts, size_t count, uint8_t out[SHA256_BYTES])
{
    buffer b = BUFFER_INIT;
    for (size_t i = 0; i < count; i++)
        buffer_append(&b, texts[i] ? texts[i] : "", texts[i] ? strlen(texts[i]) + 1 : 1);
    bool done = !b.broken && sha256(b.data, b.length, out);
    buffer_free(&b);
    return done;
}

/* The same version 7 UUID whenever the preference is folded, for each vendor its own. */
static bool name_preference(const fold_extra *extra, const kl_uuid *vendor_id, kl_uuid *out)
{
    char vendor[KL_UUID_TEXT + 1], at[24];
    uint8_t digest[SHA256_BYTES];
    kl_uuid_format(vendor_id, vendor);
    snprintf(at, sizeof at, "%lld", (long long)extra->at);
    const char *const texts[] = {vendor, extra->number, extra->user_id, at, extra->says == KL_OPT_OUT ? "stop" : "resume"};
    if (!hash_texts(texts, sizeof texts / sizeof texts[0], digest))
        return false;
    uint64_t milliseconds = (uint64_t)extra->at / 1000;
    for (int i = 0; i < 6; i++)
        out->bytes[i] = (uint8_t)(milliseconds >> (40 - 8 * i));
    memcpy(out->bytes + 6, digest, 10);
    out->bytes[6] = 0x70 | (digest[0] & 0x0f);
    out->bytes[8] = 0x80 | (digest[2] & 0x3f);
    return true;
}

/* The number may serve several vendors, and the user speaks to the number: each of them heeds it. */
static kl_status apply_preference(fold *f, const fold_extra *extra, kl_error **error)
{
    inbox_owners owners = {0};
    kl_status status = inbox_find_owners(f->handle->pool, &extra->phone_number_id, 1, &owners, error);
    if (!status && !owners.count)
        status = error_set(error, KL_ERR_FORMAT, "no account has this phone number id");
    for (size_t i = 0; !status && i < owners.count; i++) {
        kl_uuid id;
        if (!name_preference(extra, &owners.items[i].vendor_id, &id))
            status = error_memory(error);
        else
            status = consent_prefer(f->handle->pool, &owners.items[i].vendor_id, &id, extra->number, extra->user_id,
                                    extra->says, extra->at, NULL, error);
    }
    inbox_owners_free(&owners);
    return status;
}

/* ---- what a change does ----------------------------------------------------- */

typedef struct change {
    const fold_extra *extra;
    webhook_field field;
    pg_rows *accounts; /* rows of field_accounts */
} change;

static const char *or_nothing(const char *text)
{
    return text ? text : "";
}

static bool says(const char *text, const char *wanted)
{
    return text && strcmp(text, wanted) == 0;
}

/* Numbers are shown with and without blanks and signs. */
static bool same_digits(const char *a, const char *b)
{
    for (;;) {
        a += strcspn(a, "0123456789");
        b += strcspn(b, "0123456789");
        if (*a != *b)
            return false;
        if (!*a)
            return true;
        a++;
        b++;
    }
}

/* Whether an account's number is the one that the change names; one that names none means each. */
static bool is_meant(const change *c, int row)
{
    const char *shown = pg_text(c->accounts, row, 3);
    if (!c->field.display_number)
        return true;
    if (!pg_is_null(c->accounts, row, 3))
        return same_digits(shown, c->field.display_number);
    /* Not learned yet: certain only where there is no other number. */
    for (int i = 0; i < pg_rows_count(c->accounts); i++)
        if (strcmp(pg_text(c->accounts, i, 2), pg_text(c->accounts, row, 2)) != 0)
            return false;
    return true;
}

static kl_status change_number(fold *f, const change *c, kl_error **error)
{
    kl_status status = KL_OK;
    if (!says(c->field.event, "THROUGHPUT_UPGRADE"))
        return KL_OK;
    for (int i = 0; !status && i < pg_rows_count(c->accounts); i++) {
        kl_uuid vendor_id = pg_uuid(c->accounts, i, 0), account_id = pg_uuid(c->accounts, i, 1);
        if (is_meant(c, i))
            status = field_raise_rate(f->handle->pool, &vendor_id, &account_id, UPGRADED_RATE, error);
    }
    return status;
}

static kl_status change_capability(fold *f, const change *c, kl_error **error)
{
    int64_t limit = c->field.limit;
    if (limit == WEBHOOK_NO_LIMIT_TOLD || limit > INT32_MAX)
        return KL_OK;
    return field_set_capability(f->handle->pool, c->extra->waba_id, limit == WEBHOOK_UNLIMITED ? 0 : (int32_t)limit, error);
}

static kl_status stop_account(fold *f, const change *c, kl_error **error)
{
    int64_t now = clock_now() / 1000000, until = c->field.restricted_until;
    if (until && until <= now)
        return KL_OK;
    breaker_cause cause = {.scope = KL_BREAKER_WABA,
                           .waba_id = c->extra->waba_id,
                           .code = ACCOUNT_LOCKED,
                           .text = c->field.event,
                           .resume_after_ms = until ? (until - now) * 1000 : 0};
    return breaker_trip(f->handle, &cause, error);
}

/* Closes the breaker that an earlier webhook opened for the whole account. */
static kl_status free_account(fold *f, const change *c, kl_error **error)
{
    kl_uuid after = {{0}};
    for (;;) {
        kl_breaker_page *page = NULL;
        kl_status status = breaker_page_shared(f->handle, &after, 100, &page, error);
        size_t count = kl_breaker_page_count(page);
        for (size_t i = 0; !status && i < count; i++) {
            const kl_breaker *breaker = kl_breaker_page_at(page, i);
            after = kl_breaker_id(breaker);
            if (kl_breaker_scope_of(breaker) == KL_BREAKER_WABA && says(kl_breaker_subject(breaker), c->extra->waba_id) &&
                kl_breaker_code(breaker) == ACCOUNT_LOCKED)
                status = breaker_resume_shared(f->handle, &after, error);
            if (status == KL_ERR_NOT_FOUND) /* somebody else was first */
                status = KL_OK;
        }
        kl_breaker_page_free(page);
        if (status || count < 100)
            return status;
    }
}

static kl_status change_account(fold *f, const change *c, kl_error **error)
{
    const webhook_field *field = &c->field;
    if (says(field->event, "ACCOUNT_DELETED") || says(field->ban_state, "DISABLE") || field->restricted)
        return stop_account(f, c, error);
    if (says(field->ban_state, "REINSTATE") || says(field->event, "ACCOUNT_REINSTATED"))
        return free_account(f, c, error);
    return KL_OK;
}

/* Words that the database takes; others came up later, are told to the event feed and change nothing. */
static const char *known_category(const char *category)
{
    return says(category, "MARKETING") || says(category, "UTILITY") || says(category, "AUTHENTICATION") ? category : NULL;
}

static const char *word(const char *text)
{
    size_t length = text ? strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") : 0;
    return length >= 1 && length <= 64 && !text[length] ? text : NULL;
}

/* What is told of a template changes those that are stored, and the campaigns that use them. */
static kl_status change_template(fold *f, const change *c, kl_error **error)
{
    const webhook_field *field = &c->field;
    char reason[REASON_BYTES + 1] = "";
    size_t length = strnlen(or_nothing(field->reason), REASON_BYTES + 1);
    if (length > REASON_BYTES)
        for (length = REASON_BYTES; ((unsigned char)field->reason[length] & 0xc0) == 0x80;)
            length--;
    memcpy(reason, or_nothing(field->reason), length);
    const template_change told = {.meta_id = field->template_id,
                                  .name = field->template_name,
                                  .language = field->template_language,
                                  .category = known_category(field->category),
                                  .status = word(field->event) ? template_status_after(field->event) : NULL,
                                  .reason = *reason ? reason : NULL,
                                  .quality = word(field->quality),
                                  .components = field->kind == WEBHOOK_TEMPLATE_COMPONENTS};
    return template_changed(f->handle, c->extra->waba_id, &told, error);
}

static kl_status change_what_it_is_about(fold *f, const change *c, kl_error **error)
{
    switch (c->field.kind) {
    case WEBHOOK_TEMPLATE_STATUS:
    case WEBHOOK_TEMPLATE_QUALITY:
    case WEBHOOK_TEMPLATE_CATEGORY:
    case WEBHOOK_TEMPLATE_COMPONENTS:
        return change_template(f, c, error);
    case WEBHOOK_NUMBER_QUALITY: {
        kl_status status = change_number(f, c, error);
        return status ? status : change_capability(f, c, error);
    }
    case WEBHOOK_CAPABILITY:
        return change_capability(f, c, error);
    case WEBHOOK_ACCOUNT:
        return change_account(f, c, error);
    default:
        return KL_OK;
    }
}

/* ---- telling, remembering -------------------------------------------------- */

/* What the event feed says of it. */
static const char *describe(const change *c, const char **subject, char detail[DETAIL_BYTES])
{
    const webhook_field *field = &c->field;
    *subject = field->template_name ? field->template_name : or_nothing(field->template_id);
    switch (field->kind) {
    case WEBHOOK_TEMPLATE_STATUS:
        snprintf(detail, DETAIL_BYTES, "status %s%s%s", field->event, field->reason ? " " : "", or_nothing(field->reason));
        return "TEMPLATE";
    case WEBHOOK_TEMPLATE_QUALITY:
        snprintf(detail, DETAIL_BYTES, "quality %s", or_nothing(field->quality));
        return "TEMPLATE";
    case WEBHOOK_TEMPLATE_CATEGORY:
        snprintf(detail, DETAIL_BYTES, "category %s%s%s", field->category, field->coming_category ? ", soon " : "",
                 or_nothing(field->coming_category));
        return "TEMPLATE";
    case WEBHOOK_TEMPLATE_COMPONENTS:
        snprintf(detail, DETAIL_BYTES, "components");
        return "TEMPLATE";
    case WEBHOOK_NUMBER_QUALITY:
        *subject = or_nothing(field->display_number);
        snprintf(detail, DETAIL_BYTES, "%s", field->event);
        return "NUMBER";
    case WEBHOOK_CAPABILITY:
        *subject = c->extra->waba_id;
        snprintf(detail, DETAIL_BYTES, "limit %lld", (long long)field->limit);
        return "ACCOUNT";
    default:
        *subject = c->extra->waba_id;
        snprintf(detail, DETAIL_BYTES, "%s%s%s", field->event, field->ban_state || field->reason ? " " : "",
                 field->ban_state ? field->ban_state : or_nothing(field->reason));
        return "ACCOUNT";
    }
}

/* Each vendor of the WABA is told once, however many of its accounts it has. */
static kl_status tell(fold *f, const change *c, kl_error **error)
{
    char detail[DETAIL_BYTES];
    const char *subject, *kind = describe(c, &subject, detail);
    kl_status status = KL_OK;
    for (int i = 0; !status && i < pg_rows_count(c->accounts); i++) {
        kl_uuid vendor_id = pg_uuid(c->accounts, i, 0), before = i ? pg_uuid(c->accounts, i - 1, 0) : (kl_uuid){{0}};
        if (!i || uuid_compare(&vendor_id, &before) != 0)
            status = field_tell(f->handle->pool, &vendor_id, kind, subject, detail, error);
    }
    return status;
}

static bool name_change(const change *c, uint8_t subject[SHA256_BYTES], uint8_t digest[SHA256_BYTES])
{
    const fold_extra *extra = c->extra;
    const char *const texts[] = {extra->waba_id, extra->field, c->field.template_id ? c->field.template_id : c->field.template_name,
                                 c->field.template_id ? NULL : c->field.template_language, c->field.display_number};
    return hash_texts(texts, sizeof texts / sizeof texts[0], subject) && sha256(extra->raw.bytes, extra->raw.length, digest);
}

static kl_status apply_change(fold *f, const fold_extra *extra, kl_error **error)
{
    pg_pool *pool = f->handle->pool;
    uint8_t subject[SHA256_BYTES], digest[SHA256_BYTES];
    kl_time at = extra->entry_time > 0 && fold_timestamp_ok(extra->entry_time) ? extra->entry_time * 1000000 : 1000000;
    change c = {.extra = extra};
    bool known = false;
    kl_status status = webhook_field_read(extra->field, extra->raw, &c.field, error);
    if (status || c.field.kind == WEBHOOK_FIELD_UNKNOWN)
        return status;
    if (!name_change(&c, subject, digest))
        status = error_memory(error);
    if (!status)
        status = field_is_known(pool, subject, at, digest, &known, error);
    if (!status && !known)
        status = field_accounts(pool, extra->waba_id, &c.accounts, error);
    if (!status && pg_rows_count(c.accounts)) {
        status = change_what_it_is_about(f, &c, error);
        if (!status)
            status = tell(f, &c, error);
        if (!status)
            status = field_note(pool, subject, at, digest, error);
    }
    pg_rows_free(c.accounts);
    webhook_field_free(&c.field);
    return status;
}

/* ---- all of them ---------------------------------------------------------- */

/* What cannot be read or stored is set aside; what only failed now leaves its body open. */
static kl_status keep_failure(fold *f, const fold_extra *extra, const kl_error *why, kl_error **error)
{
    kl_status status = kl_error_status(why);
    fold_item *item = fold_add(f, extra->raw);
    if (!item)
        return error_memory(error);
    item->body = extra->body;
    item->ordinal = extra->ordinal;
    if (status != KL_ERR_FORMAT && !fold_is_about_data(why))
        return error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
    item->aside = fold_text(f, kl_error_message(why), strlen(kl_error_message(why)));
    return item->aside ? KL_OK : error_memory(error);
}

kl_status fold_apply_extras(fold *f, kl_error **error)
{
    kl_status first = KL_OK;
    for (size_t i = 0; i < f->extra_count; i++) {
        const fold_extra *extra = &f->extras[i];
        kl_error *why = NULL;
        kl_status status = extra->field ? apply_change(f, extra, &why) : apply_preference(f, extra, &why);
        if (status)
            status = keep_failure(f, extra, why, error);
        kl_error_free(why);
        if (!first)
            first = status;
    }
    return first;
}
