/* The public face of telephone number normalisation. */
#include "base/phone.h"

#include <string.h>

#include <kloyst/types.h>

kl_status kl_phone_normalize(const char *text, const char *country, char *out, kl_phone_reason *reason)
{
    if (!out)
        return KL_ERR_ARGUMENT;
    out[0] = '\0';
    if (!text || (country && !phone_country_known(country)))
        return KL_ERR_ARGUMENT;
    kl_phone_reason why = phone_normalize(text, strlen(text), country, out);
    if (reason)
        *reason = why;
    if (why != KL_PHONE_OK)
        out[0] = '\0';
    return why == KL_PHONE_OK ? KL_OK : KL_ERR_FORMAT;
}
