/* The public calls of the worker. */
#include "engine/housekeeping.h"
#include "engine/worker.h"

#include <string.h>

#include "api/check.h"
#include "base/error.h"

enum { IN_FLIGHT_MOST = 10000, ATTEMPTS_MOST = 10, RETAIN_MOST_DAYS = 3650, TIMEOUT_MOST_MS = 600000 };
enum { PULL_MOST = 1000, WEBHOOKS_MOST = 10000, ANSWER_MOST = 64 * 1024 };
enum { LEASE_LEAST_MS = 1000, LEASE_MOST_MS = 3600000 };

void kl_worker_options_init(kl_worker_options *options)
{
    if (options)
        *options = (kl_worker_options)KL_WORKER_OPTIONS_INIT;
}

static kl_status check_range(int value, int least, int most, const char *what, kl_error **error)
{
    if (value < least || value > most)
        return error_set(error, KL_ERR_ARGUMENT, "%s must be between %d and %d", what, least, most);
    return KL_OK;
}

static kl_status check_options(const kl_worker_options *options, kl_error **error)
{
    CHECK(check_range(options->max_in_flight, 1, IN_FLIGHT_MOST, "max_in_flight", error));
    CHECK(check_range(options->request_timeout_ms, 1, TIMEOUT_MOST_MS, "request_timeout_ms", error));
    CHECK(check_range(options->lease_ms, LEASE_LEAST_MS, LEASE_MOST_MS, "lease_ms", error));
    CHECK(check_range(options->connect_timeout_ms, 1, TIMEOUT_MOST_MS, "connect_timeout_ms", error));
    CHECK(check_range(options->retain_days, 0, RETAIN_MOST_DAYS, "retain_days", error));
    return check_range(options->max_attempts, 1, ATTEMPTS_MOST, "max_attempts", error);
}

kl_status kl_worker_new(kl *handle, const kl_worker_options *options, kl_worker **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(out, "out", error));
    kl_worker_options own = KL_WORKER_OPTIONS_INIT;
    if (options) {
        if (options->size < offsetof(kl_worker_options, retain_days) + sizeof options->retain_days || options->size > 4096)
            return error_set(error, KL_ERR_ARGUMENT, "the options' size is wrong: start from KL_WORKER_OPTIONS_INIT");
        memcpy(&own, options, options->size < sizeof own ? options->size : sizeof own);
    }
    if (!own.base_url)
        own.base_url = "https://graph.facebook.com";
    if (!own.api_version)
        own.api_version = "v25.0";
    CHECK(check_options(&own, error));
    return worker_new(handle, &own, out, error);
}

kl_status kl_worker_run(kl_worker *worker, kl_worker_report *report, kl_error **error)
{
    CHECK(check_pointer(worker, "worker", error));
    return worker_run(worker, report, error);
}

kl_status kl_worker_pull(kl_worker *worker, kl_outgoing *messages, size_t most, size_t *count, int *wait_ms,
                         kl_error **error)
{
    CHECK(check_pointer(worker, "worker", error));
    CHECK(check_pointer(messages, "messages", error));
    CHECK(check_pointer(count, "count", error));
    CHECK(check_pointer(wait_ms, "wait_ms", error));
    if (!most || most > PULL_MOST)
        return error_set(error, KL_ERR_ARGUMENT, "most must be between 1 and %d", PULL_MOST);
    return worker_pull(worker, messages, most, count, wait_ms, error);
}

kl_status kl_worker_answer(kl_worker *worker, uint64_t ticket, kl_request_end end, long http_status, const char *body,
                           size_t length, kl_error **error)
{
    CHECK(check_pointer(worker, "worker", error));
    if (end < KL_REQUEST_ANSWERED || end > KL_REQUEST_NO_ANSWER)
        return error_set(error, KL_ERR_ARGUMENT, "there is no such end of a request");
    if (length)
        CHECK(check_pointer(body, "body", error));
    return worker_answer(worker, ticket, end, http_status, body, length < ANSWER_MOST ? length : ANSWER_MOST, error);
}

kl_status kl_worker_finish(kl_worker *worker, kl_worker_report *report, kl_error **error)
{
    CHECK(check_pointer(worker, "worker", error));
    return worker_finish_pulling(worker, report, error);
}

kl_status kl_housekeep(kl *handle, int webhooks, int64_t *done, kl_error **error)
{
    int64_t count = 0;
    CHECK(handle_check(handle, error));
    CHECK(check_range(webhooks, 0, WEBHOOKS_MOST, "webhooks", error));
    CHECK(housekeeping_pass(handle, webhooks, &count, error));
    if (done)
        *done = count;
    return KL_OK;
}

void kl_worker_stop(kl_worker *worker)
{
    if (worker)
        worker_stop(worker);
}

void kl_worker_free(kl_worker *worker)
{
    if (worker)
        worker_free(worker);
}
