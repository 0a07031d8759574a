/* The public calls on the event feed. */
#include "core/event.h"

#include "api/check.h"
#include "base/error.h"
#include "repo/event.h"

enum { CONSUMER_CHARACTERS = 100, EVENTS_MAX = 10000, WAIT_MS_MAX = 60000, SECONDS_MIN = 60 };
/* A hundred years, so that the arithmetic of the database holds. */
#define SECONDS_MAX INT64_C(3155760000)

kl_status kl_event_read(kl *handle, const kl_uuid *vendor_id, const char *consumer, int limit, int wait_ms,
                        kl_event_page **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_text(consumer, CONSUMER_CHARACTERS, "consumer", error));
    if (limit < 1 || limit > EVENTS_MAX)
        return error_set(error, KL_ERR_ARGUMENT, "limit is not between 1 and %d", EVENTS_MAX);
    if (wait_ms < 0 || wait_ms > WAIT_MS_MAX)
        return error_set(error, KL_ERR_ARGUMENT, "wait_ms is not between 0 and %d", WAIT_MS_MAX);
    CHECK(check_pointer(out, "out", error));
    return event_next(handle, vendor_id, consumer, limit, wait_ms, out, error);
}

kl_status kl_event_ack(kl *handle, const kl_uuid *vendor_id, const kl_event_page *page, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(page, "page", error));
    return event_ack(handle->pool, vendor_id, page, error);
}

kl_status kl_event_forget(kl *handle, const kl_uuid *vendor_id, const char *consumer, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_text(consumer, CONSUMER_CHARACTERS, "consumer", error));
    return event_forget(handle->pool, vendor_id, consumer, error);
}

kl_status kl_event_remove_old(kl *handle, int64_t seconds, int64_t *removed, kl_error **error)
{
    int64_t count = 0;
    CHECK(handle_check(handle, error));
    if (seconds < SECONDS_MIN || seconds > SECONDS_MAX)
        return error_set(error, KL_ERR_ARGUMENT, "seconds is not between %d and a hundred years", SECONDS_MIN);
    kl_status status = event_remove_all_old(handle, seconds, &count, error);
    if (removed)
        *removed = count;
    return status;
}
