/* The public calls of the worker. */
#include "engine/worker.h"

#include <string.h>

#include "api/check.h"
#include "base/error.h"

enum { IN_FLIGHT_MOST = 10000, ATTEMPTS_MOST = 10, TIMEOUT_MOST_MS = 600000 };
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
    return check_range(options->max_attempts, 1, ATTEMPTS_MOST, "max_attempts", error);
}

kl_status kl_worker_new(kl *handle, const kl_worker_options *options, kl_worker **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(out, "out", error));
    kl_worker_options own = KL_WORKER_OPTIONS_INIT;
    if (options) {
        if (options->size < offsetof(kl_worker_options, context) + sizeof options->context || options->size > 4096)
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
