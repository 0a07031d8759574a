/* Whom a message goes to, in the one form that the database has: E.164 digits or a business-scoped user id. */
#include "core/addressee.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/phone.h"
#include "meta/graph_request.h"

enum { NUMBER_BYTES = 64 };

kl_status addressee_parse(const char *to, const char *country, char out[ADDRESSEE_TEXT], kl_error **error)
{
    char digits[KL_PHONE_TEXT + 1];
    const char *text = to;
    *out = '\0';
    if (country && !phone_country_known(country))
        return error_set(error, KL_ERR_ARGUMENT, "no such country code");
    if (graph_is_user_id(to)) {
        memcpy(out, to, strlen(to) + 1);
        return KL_OK;
    }
    size_t length = strnlen(to, NUMBER_BYTES + 1), plain = strspn(to, "0123456789");
    /* Digits alone are how contacts have it; without a default country they can be nothing national. */
    if (!country && plain == length && length < KL_PHONE_TEXT) {
        snprintf(digits, sizeof digits, "+%s", to);
        text = digits;
        length++;
    }
    kl_phone_reason reason = length > NUMBER_BYTES ? KL_PHONE_TOO_LONG : phone_normalize(text, length, country, out);
    if (reason != KL_PHONE_OK)
        return error_set(error, KL_ERR_FORMAT, "not a telephone number: %s", kl_phone_reason_text(reason));
    return KL_OK;
}
