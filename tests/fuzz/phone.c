/* Fuzz target: a number that was understood is one, and is understood as itself. The first byte says the country. */
#include "fuzz/target.h"

#include "base/phone.h"

int FUZZ_TARGET(const uint8_t *data, size_t size)
{
    static const char *const countries[] = {NULL, "IN", "DE", "US", "BR", "MX", "AR", "GB", "IT", "SG"};
    char out[KL_PHONE_TEXT], again[KL_PHONE_TEXT], plus[KL_PHONE_TEXT + 1];
    if (size < 1)
        return 0;
    const char *country = countries[data[0] % (sizeof countries / sizeof countries[0])];
    kl_phone_reason reason = phone_normalize((const char *)data + 1, size - 1, country, out);
    PROMISE(*kl_phone_reason_text(reason));
    if (reason) {
        PROMISE(out[0] == '\0');
        return 0;
    }
    size_t length = strspn(out, "0123456789");
    PROMISE(out[length] == '\0' && length >= 5 && length <= 15 && out[0] != '0');
    snprintf(plus, sizeof plus, "+%s", out);
    /* A trunk prefix that stood there twice, "+49 0 (0) 755…", is taken away once; nothing else may change. */
    if (!phone_normalize(plus, strlen(plus), NULL, again) && strcmp(again, out) != 0)
        PROMISE(strlen(again) < length && strcmp(again + strlen(again) - 4, out + length - 4) == 0);
    return 0;
}
