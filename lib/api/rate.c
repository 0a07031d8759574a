/* The public calls on the rate card. */
#include <kloyst/rate.h>

#include "api/check.h"
#include "base/error.h"
#include "core/rate_card.h"

enum { COUNTRY_CHARACTERS = 4, TO_CHARACTERS = 256 };

static kl_status check_category(kl_template_category category, kl_error **error)
{
    return rate_category_label(category) ? KL_OK : error_set(error, KL_ERR_ARGUMENT, "no such category");
}

static kl_status check_rate(kl_template_category category, const char *country, kl_time effective_from, kl_money price,
                            kl_error **error)
{
    CHECK(check_category(category, error));
    CHECK(check_text(country, COUNTRY_CHARACTERS, "country", error));
    CHECK(check_time(effective_from, "effective_from", error));
    if (!effective_from)
        return error_set(error, KL_ERR_ARGUMENT, "effective_from is missing");
    if (price != KL_RATE_NONE && (price < 0 || price > KL_MONEY_MAX))
        return error_set(error, KL_ERR_ARGUMENT, "the price must be between 0 and 999999.9999, or KL_RATE_NONE");
    return KL_OK;
}

kl_status kl_rate_set(kl *handle, kl_template_category category, const char *country, kl_time effective_from,
                      kl_money price, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_rate(category, country, effective_from, price, error));
    return rate_card_set(handle, NULL, category, country, effective_from, price, error);
}

kl_status kl_rate_set_vendor(kl *handle, const kl_uuid *vendor_id, kl_template_category category, const char *country,
                             kl_time effective_from, kl_money price, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_rate(category, country, effective_from, price, error));
    return rate_card_set(handle, vendor_id, category, country, effective_from, price, error);
}

kl_status kl_rate_list(kl *handle, kl_template_category category, const kl_rate *after, int limit, kl_rate_page **out,
                       kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_category(category, error));
    CHECK(check_limit(limit, error));
    CHECK(check_pointer(out, "out", error));
    return rate_list(handle->pool, NULL, category, after, limit, out, error);
}

kl_status kl_rate_list_vendor(kl *handle, const kl_uuid *vendor_id, kl_template_category category, const kl_rate *after,
                              int limit, kl_rate_page **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_category(category, error));
    CHECK(check_limit(limit, error));
    CHECK(check_pointer(out, "out", error));
    return rate_list(handle->pool, vendor_id, category, after, limit, out, error);
}

kl_status kl_rate_price(kl *handle, const kl_uuid *vendor_id, kl_template_category category, const char *to,
                        const char *country, kl_time at, kl_money *price, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_category(category, error));
    CHECK(check_text(to, TO_CHARACTERS, "to", error));
    CHECK(check_time(at, "at", error));
    CHECK(check_pointer(price, "price", error));
    return rate_card_price(handle, vendor_id, category, to, country, at, price, error);
}
