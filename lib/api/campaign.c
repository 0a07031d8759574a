/* The public calls on campaigns. */
#include "core/campaign.h"

#include <string.h>

#include "api/check.h"
#include "base/error.h"
#include "repo/rate.h"

enum { NAME_CHARACTERS = 200, LIST_MAX = 10000 };

void kl_campaign_options_init(kl_campaign_options *options)
{
    if (options)
        *options = (kl_campaign_options)KL_CAMPAIGN_OPTIONS_INIT;
}

static kl_status check_template(const char *name, const char *language, kl_error **error)
{
    CHECK(check_text(name, 512, "template_name", error));
    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
        return error_set(error, KL_ERR_FORMAT, "template_name must be lower-case letters, digits and '_'");
    CHECK(check_text(language, 8, "template_language", error));
    size_t head = strspn(language, "abcdefghijklmnopqrstuvwxyz");
    const char *tail = language + head;
    size_t rest = *tail ? strspn(tail + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") : 0;
    bool sound = head >= 2 && head <= 3 && (!*tail || ((*tail == '_' || *tail == '-') && rest >= 2 && rest <= 4 && !tail[1 + rest]));
    return sound ? KL_OK : error_set(error, KL_ERR_FORMAT, "template_language must look like \"en\" or \"en_US\"");
}

static kl_status check_options(const kl_campaign_options *options, kl_error **error)
{
    CHECK(check_text(options->name, NAME_CHARACTERS, "name", error));
    CHECK(check_pointer(options->waba_account_id, "waba_account_id", error));
    CHECK(check_template(options->template_name, options->template_language, error));
    if (options->parameter_format != KL_PARAMETERS_POSITIONAL && options->parameter_format != KL_PARAMETERS_NAMED)
        return error_set(error, KL_ERR_ARGUMENT, "no such parameter format");
    if (options->price != KL_PRICE_BY_RATE_CARD && (options->price < 0 || options->price > KL_MONEY_MAX))
        return error_set(error, KL_ERR_ARGUMENT, "the price must be between 0 and 999999.9999, or KL_PRICE_BY_RATE_CARD");
    if (options->category && !rate_category_label(options->category))
        return error_set(error, KL_ERR_ARGUMENT, "no such category");
    if (options->send_from < 0 || options->send_from > 1439 || options->send_until < 0 || options->send_until > 1440)
        return error_set(error, KL_ERR_ARGUMENT, "send_from and send_until are minutes of the day: 0 to 1439 and 0 to 1440");
    CHECK(check_optional_text(options->time_zone, 64, "time_zone", error));
    if (options->weight < 1 || options->weight > 100)
        return error_set(error, KL_ERR_ARGUMENT, "the weight must be between 1 and 100");
    if (options->unknown_policy != KL_UNKNOWN_FAIL && options->unknown_policy != KL_UNKNOWN_RESEND)
        return error_set(error, KL_ERR_ARGUMENT, "no such policy for lost answers");
    if (options->unknown_seconds < 60 || options->unknown_seconds > 2592000)
        return error_set(error, KL_ERR_ARGUMENT, "unknown_seconds must be between 60 and 2592000");
    return KL_OK;
}

kl_status kl_campaign_create(kl *handle, const kl_uuid *vendor_id, const kl_campaign_options *options, kl_campaign **out,
                             kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(options, "options", error));
    if (options->size < sizeof *options || options->size > 4096)
        return error_set(error, KL_ERR_ARGUMENT, "the options' size is wrong: start from KL_CAMPAIGN_OPTIONS_INIT");
    CHECK(check_options(options, error));
    return campaign_create(handle, vendor_id, options, out, error);
}

/* The arguments that nearly every call has. */
static kl_status check_both(const kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    return check_pointer(campaign_id, "campaign_id", error);
}

kl_status kl_campaign_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_campaign **out,
                          kl_error **error)
{
    CHECK(check_both(handle, vendor_id, campaign_id, error));
    CHECK(check_pointer(out, "out", error));
    return campaign_get(handle->pool, vendor_id, campaign_id, out, error);
}

kl_status kl_campaign_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_campaign_page **out,
                           kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_limit(limit, error));
    CHECK(check_pointer(out, "out", error));
    return campaign_list(handle->pool, vendor_id, after, limit, out, error);
}

kl_status kl_campaign_rename(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, const char *name,
                             kl_error **error)
{
    CHECK(check_both(handle, vendor_id, campaign_id, error));
    CHECK(check_text(name, NAME_CHARACTERS, "name", error));
    return campaign_rename(handle->pool, vendor_id, campaign_id, name, error);
}

kl_status kl_campaign_delete(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_error **error)
{
    CHECK(check_both(handle, vendor_id, campaign_id, error));
    return campaign_delete(handle->pool, vendor_id, campaign_id, error);
}

kl_status kl_campaign_preflight(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int list_limit,
                                kl_preflight **out, kl_error **error)
{
    CHECK(check_both(handle, vendor_id, campaign_id, error));
    CHECK(check_pointer(out, "out", error));
    if (list_limit < 0 || list_limit > LIST_MAX)
        return error_set(error, KL_ERR_ARGUMENT, "list_limit must be between 0 and %d", LIST_MAX);
    return campaign_preflight(handle, vendor_id, campaign_id, list_limit, out, error);
}

kl_status kl_campaign_enqueue(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int leave_out_invalid,
                              int64_t *recipients, kl_error **error)
{
    CHECK(check_both(handle, vendor_id, campaign_id, error));
    return campaign_enqueue(handle, vendor_id, campaign_id, leave_out_invalid != 0, 0, recipients, error);
}

kl_status kl_campaign_audience_count(kl *handle, const kl_uuid *vendor_id, const char *audience, size_t length,
                                     kl_audience_count *out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(out, "out", error));
    return campaign_audience_count(handle, vendor_id, audience, length, out, error);
}

kl_status kl_campaign_stats_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_campaign_stats *out,
                                kl_error **error)
{
    CHECK(check_both(handle, vendor_id, campaign_id, error));
    CHECK(check_pointer(out, "out", error));
    return campaign_stats(handle->pool, vendor_id, campaign_id, out, error);
}
