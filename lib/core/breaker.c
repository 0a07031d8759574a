/* Opening and closing circuit breakers.
 *
 * Whom a breaker stops is decided so that no vendor can stop another one by what it claims: an error that may come from
 * the vendor's own token stops the vendor alone; others were given by Meta to somebody with access to the number, and
 * stop whoever sends from that number. The WABA that a vendor claims for its number counts for the vendor's own numbers
 * only. */
#include "core/breaker.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/uuid.h"
#include "crypto/hmac.h"
#include "meta/error_policy.h"
#include "repo/breaker.h"
#include "repo/common.h"

static const kl_uuid nobody; /* stands for every vendor */
static const char *const labels[] = {"NUMBER", "WABA", "TEMPLATE", "CAMPAIGN"};

/* The same id for the same thing, whoever stops it. A version-8 UUID: its bits are a hash of ours. */
static kl_status identify(breaker_row *row, const char *what, kl_error **error)
{
    char vendor[KL_UUID_TEXT + 1];
    uint8_t hash[SHA256_BYTES];
    buffer text = BUFFER_INIT;
    kl_uuid_format(&row->vendor_id, vendor);
    buffer_format(&text, "%s\n%s\n%s\n%s", row->scope, vendor, row->phone_number_id ? row->phone_number_id : "", what);
    kl_status status = text.broken ? error_memory(error) : KL_OK;
    if (!status && !sha256(text.data, text.length, hash))
        status = error_set(error, KL_ERR_INTERNAL, "a breaker could not be identified");
    if (!status) {
        memcpy(row->id.bytes, hash, sizeof row->id.bytes);
        row->id.bytes[6] = (uint8_t)((row->id.bytes[6] & 0x0F) | 0x80);
        row->id.bytes[8] = (uint8_t)((row->id.bytes[8] & 0x3F) | 0x80);
    }
    buffer_free(&text);
    return status;
}

static breaker_row row_of(const breaker_cause *cause)
{
    return (breaker_row){.scope = labels[cause->scope - KL_BREAKER_NUMBER],
                         .vendor_id = cause->vendor_id,
                         .code = cause->code,
                         .resume_after_ms = cause->resume_after_ms};
}

static kl_status trip_number(kl *handle, const breaker_cause *cause, kl_error **error)
{
    breaker_row rows[2] = {row_of(cause)};
    rows[0].subject = rows[0].phone_number_id = cause->phone_number_id;
    if (!error_policy_for(cause->code)->own_access)
        rows[0].vendor_id = nobody;
    kl_status status = identify(&rows[0], rows[0].subject, error);
    return status ? status : breaker_open(handle->pool, rows, error);
}

static kl_status trip_waba(kl *handle, const breaker_cause *cause, kl_error **error)
{
    breaker_row rows[2] = {row_of(cause), row_of(cause)};
    pg_rows *found = NULL;
    kl_status status = KL_OK;
    rows[0].subject = cause->waba_id;
    if (!cause->waba_id) {
        status = breaker_waba(handle->pool, &cause->vendor_id, cause->phone_number_id, &found, error);
        if (!status && pg_rows_count(found) == 0)
            status = common_not_found("number", error);
        if (!status)
            rows[0].subject = pg_text(found, 0, 0);
        if (!status && !error_policy_for(cause->code)->own_access) {
            rows[1].subject = rows[0].subject;
            rows[1].vendor_id = nobody;
            rows[1].phone_number_id = cause->phone_number_id;
        }
    }
    if (!status)
        status = identify(&rows[0], rows[0].subject, error);
    if (!status && rows[1].subject)
        status = identify(&rows[1], rows[1].subject, error);
    if (!status)
        status = breaker_open(handle->pool, rows, error);
    pg_rows_free(found);
    return status;
}

/* A campaign keeps why it is paused in so many characters at most. */
enum { REASON_BYTES = 500 };

static kl_status open_for(kl *handle, const breaker_row *row, breaker_target *target, kl_error **error)
{
    const char *told = target->detail ? target->detail : error_policy_for(row->code)->text;
    char reason[REASON_BYTES + 1];
    size_t length = strnlen(told, REASON_BYTES + 1);
    pg_rows *campaigns = NULL;
    if (length > REASON_BYTES)
        for (length = REASON_BYTES; length && ((unsigned char)told[length] & 0xC0) == 0x80;)
            length--;
    memcpy(reason, told, length);
    reason[length] = '\0';
    target->reason = reason;
    kl_status status = breaker_open_for(handle->pool, row, target, &campaigns, error);
    if (!status)
        status = breaker_pause_campaigns(handle, &row->vendor_id, campaigns, reason, error);
    pg_rows_free(campaigns);
    return status;
}

/* One breaker for a template, whichever campaign met it. */
static kl_status trip_named_template(kl *handle, const breaker_cause *cause, breaker_target *target, kl_error **error)
{
    breaker_row row = row_of(cause);
    char account[KL_UUID_TEXT + 1], id[KL_UUID_TEXT + 1];
    buffer what = BUFFER_INIT;
    kl_uuid_format(target->waba_account_id, account);
    buffer_format(&what, "%s\n%s\n%s", account, target->template_name, target->template_language);
    kl_status status = what.broken ? error_memory(error) : identify(&row, what.data, error);
    buffer_free(&what);
    if (status)
        return status;
    kl_uuid_format(&row.id, id);
    row.subject = id;
    return open_for(handle, &row, target, error);
}

static kl_status trip_template(kl *handle, const breaker_cause *cause, kl_error **error)
{
    breaker_target target = {.waba_account_id = cause->waba_account_id,
                             .template_name = cause->template_name,
                             .template_language = cause->template_language,
                             .detail = cause->text};
    pg_rows *found = NULL;
    kl_uuid account;
    kl_status status = KL_OK;
    if (!cause->template_name) {
        status = breaker_template(handle->pool, &cause->vendor_id, cause->campaign_id, &found, error);
        if (!status && pg_rows_count(found) == 0)
            status = common_not_found("campaign", error);
        if (!status) {
            account = pg_uuid(found, 0, 0);
            target.waba_account_id = &account;
            target.template_name = pg_text(found, 0, 1);
            target.template_language = pg_text(found, 0, 2);
        }
    }
    if (!status)
        status = trip_named_template(handle, cause, &target, error);
    pg_rows_free(found);
    return status;
}

static kl_status trip_campaign(kl *handle, const breaker_cause *cause, kl_error **error)
{
    if (!cause->campaign_id)
        return common_not_found("campaign", error);
    breaker_row row = row_of(cause);
    breaker_target target = {.campaign_id = cause->campaign_id, .detail = cause->text};
    char id[KL_UUID_TEXT + 1];
    kl_uuid_format(cause->campaign_id, id);
    row.subject = id;
    kl_status status = identify(&row, id, error);
    return status ? status : open_for(handle, &row, &target, error);
}

static kl_status trip(kl *handle, const breaker_cause *cause, kl_error **error)
{
    switch (cause->scope) {
    case KL_BREAKER_NUMBER:
        return trip_number(handle, cause, error);
    case KL_BREAKER_WABA:
        return trip_waba(handle, cause, error);
    case KL_BREAKER_TEMPLATE:
        return trip_template(handle, cause, error);
    case KL_BREAKER_CAMPAIGN:
        return trip_campaign(handle, cause, error);
    }
    return error_set(error, KL_ERR_INTERNAL, "no such scope of a breaker");
}

kl_status breaker_trip(kl *handle, const breaker_cause *cause, kl_error **error)
{
    kl_status status = trip(handle, cause, error);
    if (!status) {
        metrics_add(&handle->metrics, METRIC_breakers_opened, 1);
        log_line(&handle->log, KL_LOG_WARNING, "breaker", "%s rests: %s (code %d)",
                 labels[cause->scope - KL_BREAKER_NUMBER], error_policy_for(cause->code)->text, cause->code);
    }
    return status;
}

kl_status breaker_close_expired(kl *handle, int limit, int64_t *closed, kl_error **error)
{
    pg_rows *due = NULL;
    int64_t count = 0;
    kl_status status = breaker_due(handle->pool, limit, &due, error);
    for (int i = 0; !handle_trouble_of_all(status) && i < pg_rows_count(due); i++) {
        kl_uuid id = pg_uuid(due, i, 0), vendor_id = pg_uuid(due, i, 1);
        bool gone = false;
        kl_status one = uuid_is_nil(&vendor_id)
                            ? breaker_close_due(handle->pool, &vendor_id, &id, &gone, error)
                            : breaker_close_campaigns(handle, &vendor_id, &id, breaker_close_due, &gone, error);
        status = status ? status : one;
        count += gone;
    }
    if (count)
        log_line(&handle->log, KL_LOG_INFO, "breaker", "%lld closed, their time is up", (long long)count);
    if (closed)
        *closed = count;
    pg_rows_free(due);
    return status;
}

kl_status breaker_resume(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, kl_error **error)
{
    bool closed = false, shared = false;
    kl_status status = breaker_close_campaigns(handle, vendor_id, id, breaker_close, &closed, error);
    if (!status && !closed)
        status = breaker_is_shared(handle->pool, vendor_id, id, &shared, error);
    if (status || closed)
        return status;
    return shared ? error_set(error, KL_ERR_STATE, "the breaker stops other vendors too")
                  : common_not_found("breaker", error);
}

kl_status breaker_resume_shared(kl *handle, const kl_uuid *id, kl_error **error)
{
    bool closed = false;
    kl_status status = breaker_close_shared(handle->pool, id, &closed, error);
    return status || closed ? status : common_not_found("breaker", error);
}
