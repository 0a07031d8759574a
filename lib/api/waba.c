/* The public calls on WABA accounts. */
#include "core/waba.h"

#include "api/check.h"
#include "base/error.h"
#include "repo/waba.h"

enum { TOKEN_BYTES = 8192, RATE_MOST = 1000 };

/* A token goes into an HTTP header, where a line break would begin another one. */
static kl_status check_token(const char *token, size_t length, kl_error **error)
{
    CHECK(check_pointer(token, "token", error));
    if (!length)
        return error_set(error, KL_ERR_ARGUMENT, "token is empty");
    if (length > TOKEN_BYTES)
        return error_set(error, KL_ERR_TOO_LONG, "token is longer than %d bytes", TOKEN_BYTES);
    for (size_t i = 0; i < length; i++)
        if (token[i] <= ' ' || token[i] > '~')
            return error_set(error, KL_ERR_FORMAT, "token must be visible ASCII characters");
    return KL_OK;
}

static kl_status check_key(const kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    return check_pointer(id, "waba_account_id", error);
}

kl_status kl_waba_create(kl *handle, const kl_uuid *vendor_id, const char *waba_id, const char *phone_number_id,
                         const char *token, size_t token_length, kl_waba **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_digits(waba_id, "waba_id", error));
    CHECK(check_digits(phone_number_id, "phone_number_id", error));
    CHECK(check_token(token, token_length, error));
    return waba_create(handle, vendor_id, waba_id, phone_number_id, token, token_length, out, error);
}

kl_status kl_waba_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, kl_waba **out,
                      kl_error **error)
{
    CHECK(check_key(handle, vendor_id, waba_account_id, error));
    CHECK(check_pointer(out, "out", error));
    return waba_get(handle->pool, vendor_id, waba_account_id, out, error);
}

kl_status kl_waba_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_waba_page **out,
                       kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_limit(limit, error));
    CHECK(check_pointer(out, "out", error));
    return waba_list(handle->pool, vendor_id, after, limit, out, error);
}

kl_status kl_waba_set_token(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *token,
                            size_t token_length, kl_error **error)
{
    CHECK(check_key(handle, vendor_id, waba_account_id, error));
    CHECK(check_token(token, token_length, error));
    return waba_set_token(handle, vendor_id, waba_account_id, token, token_length, error);
}

kl_status kl_waba_set_rate(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id,
                           int messages_per_second, kl_error **error)
{
    CHECK(check_key(handle, vendor_id, waba_account_id, error));
    if (messages_per_second < 1 || messages_per_second > RATE_MOST)
        return error_set(error, KL_ERR_ARGUMENT, "messages_per_second must be between 1 and %d", RATE_MOST);
    return waba_update_rate(handle->pool, vendor_id, waba_account_id, messages_per_second, error);
}

kl_status kl_waba_set_portfolio(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id,
                                const char *portfolio_id, int user_limit, kl_error **error)
{
    CHECK(check_key(handle, vendor_id, waba_account_id, error));
    CHECK(check_digits(portfolio_id, "portfolio_id", error));
    if (user_limit < 0)
        return error_set(error, KL_ERR_ARGUMENT, "user_limit must not be negative");
    return waba_set_portfolio(handle, vendor_id, waba_account_id, portfolio_id, user_limit, error);
}

kl_status kl_waba_token(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, char **token,
                        size_t *token_length, kl_error **error)
{
    CHECK(check_key(handle, vendor_id, waba_account_id, error));
    CHECK(check_pointer(token, "token", error));
    CHECK(check_pointer(token_length, "token_length", error));
    return waba_open_token(handle, vendor_id, waba_account_id, token, token_length, NULL, NULL, error);
}

kl_status kl_waba_reseal(kl *handle, const kl_uuid *vendor_id, int64_t *resealed, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    int64_t unwanted;
    return waba_reseal(handle, vendor_id, resealed ? resealed : &unwanted, error);
}

kl_status kl_waba_delete(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, kl_error **error)
{
    CHECK(check_key(handle, vendor_id, waba_account_id, error));
    return waba_delete(handle->pool, vendor_id, waba_account_id, error);
}
