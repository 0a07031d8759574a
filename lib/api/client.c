/* Opening, migrating and closing a handle. */
#include <string.h>

#include "api/check.h"
#include "base/error.h"
#include "crypto/seal.h"

void kl_options_init(kl_options *options)
{
    if (options)
        *options = (kl_options)KL_OPTIONS_INIT;
}

static kl_status check_options(const kl_options *options, kl_error **error)
{
    if (options->pool_size < 1 || options->pool_size > 1000)
        return error_set(error, KL_ERR_ARGUMENT, "pool_size must be between 1 and 1000");
    if (options->connect_timeout_ms < 1 || options->statement_timeout_ms < 0 || options->wait_timeout_ms < 1)
        return error_set(error, KL_ERR_ARGUMENT, "a time-out is out of range");
    if (options->log && (options->log_level < KL_LOG_ERROR || options->log_level > KL_LOG_DEBUG))
        return error_set(error, KL_ERR_ARGUMENT, "log_level is none of the levels");
    if ((options->master_key == NULL) != (options->master_key_length == 0) || options->master_key_length % 32)
        return error_set(error, KL_ERR_KEY, "the master key must be 32 bytes, or several keys of 32 bytes");
    return KL_OK;
}

kl_status kl_open(const char *url, const kl_options *options, kl **out, kl_error **error)
{
    CHECK(check_pointer(out, "out", error));
    *out = NULL;
    kl_options own = KL_OPTIONS_INIT;
    if (options) {
        if (options->size < sizeof own || options->size > 4096)
            return error_set(error, KL_ERR_ARGUMENT, "the options' size is wrong: start from KL_OPTIONS_INIT");
        memcpy(&own, options, options->size < sizeof own ? options->size : sizeof own);
    }
    CHECK(check_options(&own, error));
    return handle_open(url, &own, out, error);
}

kl_status kl_migrate(const char *url, kl_error **error)
{
    CHECK(check_pointer(url, "url", error));
    return handle_migrate(url, error);
}

kl_status kl_ping(kl *handle, kl_error **error)
{
    CHECK(handle_check(handle, error));
    return pg_pool_transact(handle->pool, &(pg_scope){.role = PG_ROLE_TENANT, .read_only = true}, NULL, 0, error);
}

void kl_close(kl *handle)
{
    handle_close(handle);
}

void kl_free(kl *handle)
{
    handle_free(handle);
}

void kl_secret_free(char *secret, size_t length)
{
    secret_free(secret, length);
}
