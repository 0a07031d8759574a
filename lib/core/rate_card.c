/* The rules of the rate card: which digits a country stands for, what a message costs. */
#include "core/rate_card.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/phone.h"
#include "core/addressee.h"

/* The digits for which a rate of `country` holds; NULL: no such country. */
static const char *prefix_of(const char *country)
{
    size_t digits = strspn(country, "0123456789");
    if (strcmp(country, "*") == 0)
        return "";
    if (digits >= 1 && digits <= 4 && country[digits] == '\0' && country[0] != '0')
        return country;
    return phone_calling_code(country);
}

kl_status rate_card_set(kl *handle, const kl_uuid *vendor_id, kl_template_category category, const char *country,
                        kl_time effective_from, kl_money price, kl_error **error)
{
    const char *prefix = prefix_of(country);
    if (!prefix)
        return error_set(error, KL_ERR_FORMAT, "country must be \"*\", a code such as \"IN\", or 1 to 4 digits");
    return rate_insert(handle->pool, vendor_id, category, prefix, effective_from, price, error);
}

kl_status rate_card_price(kl *handle, const kl_uuid *vendor_id, kl_template_category category, const char *to,
                          const char *country, kl_time at, kl_money *price, kl_error **error)
{
    char recipient[ADDRESSEE_TEXT];
    kl_status status = addressee_parse(to, country, recipient, error);
    return status ? status
                  : rate_find_price(handle->pool, vendor_id, category, recipient, at ? at : clock_now(), price, error);
}
