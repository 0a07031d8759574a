/* Checks of arguments that the API functions share. */
#include "api/check.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/utf8.h"

kl_status check_pointer(const void *pointer, const char *what, kl_error **error)
{
    return pointer ? KL_OK : error_set(error, KL_ERR_ARGUMENT, "%s is NULL", what);
}

kl_status check_text(const char *text, size_t characters, const char *what, kl_error **error)
{
    if (!text)
        return error_set(error, KL_ERR_ARGUMENT, "%s is NULL", what);
    if (!*text)
        return error_set(error, KL_ERR_ARGUMENT, "%s is empty", what);
    /* Four bytes a character at most: an over-long text is told without reading all of it. */
    size_t length = strnlen(text, 4 * characters + 1);
    if (length > 4 * characters)
        return error_set(error, KL_ERR_TOO_LONG, "%s is longer than %zu characters", what, characters);
    if (!utf8_valid(text, length))
        return error_set(error, KL_ERR_ENCODING, "%s is not valid UTF-8", what);
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    if (count > characters)
        return error_set(error, KL_ERR_TOO_LONG, "%s is longer than %zu characters", what, characters);
    return KL_OK;
}

kl_status check_optional_text(const char *text, size_t characters, const char *what, kl_error **error)
{
    return text ? check_text(text, characters, what, error) : KL_OK;
}

kl_status check_object(const char *json, size_t length, bool optional, const char *what, kl_error **error)
{
    if (!json)
        return optional ? KL_OK : error_set(error, KL_ERR_ARGUMENT, "%s is NULL", what);
    json_kind kind;
    kl_error *why = NULL;
    kl_status status = json_check(json, length, &(json_limits){.max_bytes = CHECK_JSON_BYTES}, &kind, &why);
    if (status)
        error_set(error, status, "%s: %s", what, kl_error_message(why));
    else if (kind != JSON_OBJECT)
        status = error_set(error, KL_ERR_JSON, "%s is not a JSON object", what);
    kl_error_free(why);
    return status;
}

kl_status check_limit(int limit, kl_error **error)
{
    if (limit < 1 || limit > 1000)
        return error_set(error, KL_ERR_ARGUMENT, "limit must be between 1 and 1000");
    return KL_OK;
}

kl_status check_amount(kl_money amount, kl_error **error)
{
    if (amount < 1 || amount > KL_MONEY_MAX)
        return error_set(error, KL_ERR_ARGUMENT, "the amount must be between 0.0001 and 999999.9999");
    return KL_OK;
}

kl_status check_time(kl_time time, const char *what, kl_error **error)
{
    if (time < 0 || time >= INT64_C(253402300800000000))
        return error_set(error, KL_ERR_ARGUMENT, "%s must be between 1970 and 9999", what);
    return KL_OK;
}

kl_status check_digits(const char *text, const char *what, kl_error **error)
{
    if (!text)
        return error_set(error, KL_ERR_ARGUMENT, "%s is NULL", what);
    size_t length = strnlen(text, 33);
    if (length > 32)
        return error_set(error, KL_ERR_TOO_LONG, "%s is longer than 32 digits", what);
    if (!length || strspn(text, "0123456789") != length)
        return error_set(error, KL_ERR_FORMAT, "%s must be 1 to 32 digits", what);
    return KL_OK;
}
