/* Taking Meta's webhooks in: the handshake, the signature, the inbox and how long it keeps what. */
#include "core/webhook.h"

#include "base/error.h"
#include "base/json.h"
#include "crypto/hmac.h"
#include "crypto/init.h"
#include "meta/webhook.h"
#include "meta/webhook_header.h"
#include "repo/inbox.h"
#include "repo/inbox_keep.h"
#include "repo/inbox_page.h"

/* How long a user who does not quote it may take to answer a message. */
enum { ROUTE_DAYS = 30 };

kl_status webhook_challenge(const char *mode, const char *token, const char *verify_token)
{
    return webhook_challenge_ok(mode, token, verify_token) ? KL_OK : KL_ERR_SIGNATURE;
}

kl_status webhook_verify(const char *app_secret, const char *signature, const char *body, size_t length)
{
    /* Callers of this one need no handle, and so nobody may have made the library ready. */
    kl_status status = crypto_init(NULL);
    return status ? status : signature_check(signature, &app_secret, 1, body, length, NULL);
}

/* Cheapest first, and nothing reads the body before its signature was found good. */
kl_status webhook_take(kl *handle, const char *signature, const char *body, size_t length, kl_error **error)
{
    const char *secrets[2];
    size_t count = 0;
    for (int i = 0; i < 2; i++)
        if (handle->app_secrets[i])
            secrets[count++] = handle->app_secrets[i];
    if (!count)
        return error_set(error, KL_ERR_KEY, "the handle was opened without an app secret");
    kl_status status = KL_OK;
    if (length > KL_WEBHOOK_BODY_MAX)
        status = error_set(error, KL_ERR_TOO_LONG, "a webhook body of more than %zu bytes", KL_WEBHOOK_BODY_MAX);
    if (!status)
        status = signature_check(signature, secrets, count, body, length, error);
    if (!status)
        status = json_check(body, length, NULL, NULL, error);
    if (status) {
        metrics_add(&handle->metrics, METRIC_webhooks_refused, 1);
        return status;
    }
    status = inbox_insert(handle->pool, body, length, error);
    metrics_add(&handle->metrics, METRIC_webhooks_taken, !status);
    metrics_add(&handle->metrics, METRIC_webhook_bytes, status ? 0 : (int64_t)length);
    return status;
}

kl_status webhook_take_request(kl *handle, const char *headers, size_t headers_length, const char *body, size_t length,
                               kl_error **error)
{
    char signature[WEBHOOK_SIGNATURE];
    bool found = webhook_find_signature(headers, headers_length, signature);
    return webhook_take(handle, found ? signature : NULL, body, length, error);
}

kl_status webhook_retain(kl *handle, int days, int limit, int64_t *removed, kl_error **error)
{
    return inbox_retain(handle->pool, days, ROUTE_DAYS, limit, removed, error);
}

kl_status webhook_replay(kl *handle, kl_time since, kl_time until, int64_t *bodies, kl_error **error)
{
    return inbox_replay(handle->pool, since, until, bodies, error);
}

kl_status webhook_stats(kl *handle, kl_webhook_stats *out, kl_error **error)
{
    return inbox_stats(handle->pool, out, error);
}

kl_status webhook_list_asides(kl *handle, int64_t after, int limit, kl_webhook_aside_page **out, kl_error **error)
{
    return inbox_list_asides(handle->pool, after, limit, out, error);
}
