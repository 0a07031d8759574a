/* The public calls on webhooks. */
#include "core/webhook.h"

#include "api/check.h"
#include "base/error.h"
#include "core/fold.h"

enum { FOLD_LIMIT = 10000, RETAIN_DAYS = 3650, RETAIN_LIMIT = 100000 };

kl_status kl_webhook_challenge(const char *mode, const char *token, const char *verify_token)
{
    if (!mode || !token || !verify_token || !*verify_token)
        return KL_ERR_ARGUMENT;
    return webhook_challenge(mode, token, verify_token);
}

kl_status kl_webhook_verify(const char *app_secret, const char *signature, const char *body, size_t length)
{
    if (!app_secret || !*app_secret || !body)
        return KL_ERR_ARGUMENT;
    return webhook_verify(app_secret, signature, body, length);
}

kl_status kl_webhook_take(kl *handle, const char *signature, const char *body, size_t length, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(body, "body", error));
    return webhook_take(handle, signature, body, length, error);
}

kl_status kl_webhook_fold(kl *handle, int limit, kl_fold_report *report, kl_error **error)
{
    kl_fold_report done = {0};
    if (report)
        *report = done;
    CHECK(handle_check(handle, error));
    if (limit < 1 || limit > FOLD_LIMIT)
        return error_set(error, KL_ERR_ARGUMENT, "the limit must be 1 to %d", FOLD_LIMIT);
    kl_status status = fold_run(handle, limit, &done, error);
    if (report)
        *report = done;
    return status;
}

kl_status kl_webhook_take_request(kl *handle, const char *headers, size_t headers_length, const char *body, size_t length,
                                  kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(headers, "headers", error));
    CHECK(check_pointer(body, "body", error));
    return webhook_take_request(handle, headers, headers_length, body, length, error);
}

kl_status kl_webhook_retain(kl *handle, int days, int limit, int64_t *removed, kl_error **error)
{
    int64_t done = 0;
    CHECK(handle_check(handle, error));
    if (days < 0 || days > RETAIN_DAYS)
        return error_set(error, KL_ERR_ARGUMENT, "the days must be 0 to %d", RETAIN_DAYS);
    if (limit < 1 || limit > RETAIN_LIMIT)
        return error_set(error, KL_ERR_ARGUMENT, "the limit must be 1 to %d", RETAIN_LIMIT);
    kl_status status = webhook_retain(handle, days, limit, &done, error);
    if (!status && removed)
        *removed = done;
    return status;
}

kl_status kl_webhook_replay(kl *handle, kl_time since, kl_time until, int64_t *bodies, kl_error **error)
{
    int64_t done = 0;
    CHECK(handle_check(handle, error));
    if (until && since >= until)
        return error_set(error, KL_ERR_ARGUMENT, "the times end before they start");
    kl_status status = webhook_replay(handle, since, until, &done, error);
    if (!status && bodies)
        *bodies = done;
    return status;
}

kl_status kl_webhook_stats_get(kl *handle, kl_webhook_stats *stats, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(stats, "stats", error));
    return webhook_stats(handle, stats, error);
}

kl_status kl_webhook_aside_list(kl *handle, int64_t after, int limit, kl_webhook_aside_page **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_limit(limit, error));
    CHECK(check_pointer(out, "out", error));
    if (after < 0)
        return error_set(error, KL_ERR_ARGUMENT, "after is negative");
    return webhook_list_asides(handle, after, limit, out, error);
}
