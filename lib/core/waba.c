/* WABA accounts and their tokens: sealed on the way in, opened for the sender alone. */
#include "core/waba.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "core/error_codes.h"
#include "crypto/seal.h"
#include "repo/limits.h"
#include "repo/vendor.h"
#include "repo/waba.h"

static seal_binding place(const kl_uuid *vendor_id, const kl_uuid *id)
{
    return (seal_binding){vendor_id, "waba_account", "system_user_token", id};
}

kl_status waba_create(kl *handle, const kl_uuid *vendor_id, const char *waba_id, const char *phone_number_id,
                      const char *token, size_t token_length, kl_waba **out, kl_error **error)
{
    kl_uuid id;
    buffer sealed = BUFFER_INIT;
    uuid_generate(&id);
    seal_binding binding = place(vendor_id, &id);
    kl_status status = handle_need_keys(handle, error);
    if (!status)
        status = seal(handle->keys, &binding, token, token_length, &sealed, error);
    if (!status)
        status = waba_insert(handle->pool, vendor_id, &id, waba_id, phone_number_id, &sealed, out, error);
    buffer_free(&sealed);
    return status;
}

/* What a new token may have cured. */
static bool is_of_access(const error_policy *policy, const void *context)
{
    (void)context;
    return policy->own_access && policy->class == ERROR_STOP_WABA;
}

kl_status waba_set_token(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, const char *token,
                         size_t token_length, kl_error **error)
{
    buffer sealed = BUFFER_INIT;
    code_ranges closes = {0};
    int32_t *memory = NULL;
    seal_binding binding = place(vendor_id, id);
    kl_status status = handle_need_keys(handle, error);
    if (!status && !error_codes(is_of_access, NULL, &closes, &memory))
        status = error_memory(error);
    if (!status)
        status = seal(handle->keys, &binding, token, token_length, &sealed, error);
    if (!status)
        status = waba_update_token(handle->pool, vendor_id, id, &sealed, &closes, error);
    free(memory);
    buffer_free(&sealed);
    return status;
}

kl_status waba_open_token(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, char **token, size_t *token_length,
                          char **phone_number_id, int *messages_per_second, kl_error **error)
{
    buffer sealed = BUFFER_INIT;
    char *phone = NULL;
    int rate = 0;
    seal_binding binding = place(vendor_id, id);
    kl_status status = handle_need_keys(handle, error);
    if (!status)
        status = waba_get_token(handle->pool, vendor_id, id, &sealed, phone_number_id ? &phone : NULL, &rate, error);
    if (!status)
        status = unseal(handle->keys, &binding, sealed.data, sealed.length, token, token_length, error);
    if (!status && phone_number_id) {
        *phone_number_id = phone;
        phone = NULL;
    }
    if (!status && messages_per_second)
        *messages_per_second = rate;
    free(phone);
    buffer_free(&sealed);
    return status;
}

/* Whether another key than the first sealed it. */
static bool outdated(const keyring *keys, const buffer *sealed)
{
    const char *id = seal_key_id(sealed->data, sealed->length);
    return id && memcmp(id, keyring_id(keys, 0), KEYRING_ID_BYTES) != 0;
}

kl_status waba_try_token(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, bool *first_key, kl_error **error)
{
    buffer sealed = BUFFER_INIT;
    char *token = NULL;
    size_t length = 0;
    seal_binding binding = place(vendor_id, id);
    kl_status status = handle_need_keys(handle, error);
    if (!status)
        status = waba_get_token(handle->pool, vendor_id, id, &sealed, NULL, NULL, error);
    if (!status)
        status = unseal(handle->keys, &binding, sealed.data, sealed.length, &token, &length, error);
    if (!status)
        *first_key = !outdated(handle->keys, &sealed);
    secret_free(token, length);
    buffer_free(&sealed);
    return status;
}

static kl_status reseal_one(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, int64_t *resealed, kl_error **error)
{
    buffer before = BUFFER_INIT, after = BUFFER_INIT;
    char *token = NULL;
    size_t length = 0;
    bool replaced = false;
    seal_binding binding = place(vendor_id, id);
    kl_status status = waba_get_token(handle->pool, vendor_id, id, &before, NULL, NULL, error);
    if (!status && outdated(handle->keys, &before)) {
        status = unseal(handle->keys, &binding, before.data, before.length, &token, &length, error);
        if (!status)
            status = seal(handle->keys, &binding, token, length, &after, error);
        if (!status)
            status = waba_replace_token(handle->pool, vendor_id, id, &before, &after, &replaced, error);
        if (!status && replaced)
            ++*resealed;
    }
    secret_free(token, length);
    buffer_free(&before);
    buffer_free(&after);
    return status;
}

kl_status waba_reseal(kl *handle, const kl_uuid *vendor_id, int64_t *resealed, kl_error **error)
{
    enum { PAGE = 100 };
    kl_vendor *vendor = NULL;
    kl_uuid last = {{0}};
    size_t count = PAGE;
    int64_t done = 0;
    kl_status status = handle_need_keys(handle, error);
    if (!status)
        status = vendor_get(handle->pool, vendor_id, &vendor, error);
    kl_vendor_free(vendor);
    while (!status && count == PAGE) {
        kl_waba_page *page = NULL;
        status = waba_list(handle->pool, vendor_id, &last, PAGE, &page, error);
        count = kl_waba_page_count(page);
        for (size_t i = 0; !status && i < count; i++) {
            kl_error *why = NULL;
            last = kl_waba_id(kl_waba_page_at(page, i));
            status = reseal_one(handle, vendor_id, &last, &done, &why);
            if (status == KL_ERR_NOT_FOUND)
                status = KL_OK; /* deleted since the page was read */
            else if (status)
                error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
            kl_error_free(why);
        }
        kl_waba_page_free(page);
    }
    if (!status)
        *resealed = done;
    return status;
}

kl_status waba_set_portfolio(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, const char *portfolio_id,
                             int user_limit, kl_error **error)
{
    kl_waba *account = NULL;
    kl_status status = waba_get(handle->pool, vendor_id, id, &account, error);
    if (!status)
        status = limits_set_portfolio(handle->pool, kl_waba_phone_number_id(account), portfolio_id, user_limit, error);
    kl_waba_free(account);
    return status;
}
