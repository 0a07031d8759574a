/* The event feed: reading it, and waiting for what comes next. */
#include "core/event.h"

#include "base/clock.h"
#include "base/error.h"
#include "repo/event.h"
#include "repo/vendor.h"

/* Who changes something outside a fold wakes nobody: a waiting reader looks again after so long anyway. */
enum { LOOK_AGAIN_MS = 1000, REMOVED_AT_ONCE = 1000, VENDORS_AT_ONCE = 100 };

/* The next page, which is empty when there is nothing new. A window that was read to its end is left for the next one. */
static kl_status look(pg_connection *c, const kl_uuid *vendor_id, const char *consumer, int limit, kl_event_page **out,
                      kl_error **error)
{
    for (int tries = 0;; tries++) {
        kl_error *why = NULL;
        kl_status status = event_read(c, vendor_id, consumer, limit, out, &why);
        bool ended = !status && event_page_ends_window(*out);
        if (status == KL_ERR_NOT_FOUND && tries < 3) {
            status = event_register(c, vendor_id, consumer, error);
        } else if (ended && tries < 3) {
            status = event_pass(c, *out, NULL);
            if (status == KL_ERR_STATE) /* somebody else reads for it too */
                status = KL_OK;
            kl_event_page_free(*out);
            *out = NULL;
        } else {
            if (status)
                error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
            kl_error_free(why);
            return status;
        }
        kl_error_free(why);
        if (status)
            return status;
    }
}

static kl_status wait_and_look(kl *handle, pg_connection *c, const kl_uuid *vendor_id, const char *consumer, int limit,
                               int wait_ms, kl_event_page **out, kl_error **error)
{
    char vendor[KL_UUID_TEXT + 1];
    int64_t deadline = clock_monotonic_ms() + wait_ms;
    kl_uuid_format(vendor_id, vendor);
    for (;;) {
        kl_status status = look(c, vendor_id, consumer, limit, out, error);
        int64_t left = deadline - clock_monotonic_ms();
        if (status || kl_event_page_count(*out) || left <= 0)
            return status;
        if ((status = handle_check(handle, error))) {
            kl_event_page_free(*out);
            *out = NULL;
            return status;
        }
        pg_wait_notification(c, vendor, left < LOOK_AGAIN_MS ? (int)left : LOOK_AGAIN_MS);
        kl_event_page_free(*out);
        *out = NULL;
    }
}

kl_status event_next(kl *handle, const kl_uuid *vendor_id, const char *consumer, int limit, int wait_ms, kl_event_page **out,
                     kl_error **error)
{
    pg_connection *c = NULL;
    kl_event_page *page = NULL;
    kl_status status = pg_pool_take(handle->pool, &c, error);
    if (status)
        return status;
    /* Listening begins before the first look, so that nothing falls between the two. */
    if (wait_ms > 0)
        status = pg_listen(c, "LISTEN kloyst_event", error);
    if (!status)
        status = wait_and_look(handle, c, vendor_id, consumer, limit, wait_ms, &page, error);
    if (wait_ms > 0)
        pg_listen(c, "UNLISTEN kloyst_event", NULL);
    pg_pool_give(handle->pool, c);
    if (!status)
        *out = page;
    return status;
}

static kl_status remove_of_vendor(kl *handle, const kl_uuid *vendor_id, int64_t seconds, int64_t *removed, kl_error **error)
{
    for (;;) {
        int64_t gone = 0;
        kl_status status = event_remove_old(handle->pool, vendor_id, seconds, REMOVED_AT_ONCE, &gone, error);
        *removed += gone;
        if (status || gone < REMOVED_AT_ONCE)
            return status;
    }
}

kl_status event_remove_all_old(kl *handle, int64_t seconds, int64_t *removed, kl_error **error)
{
    kl_uuid after = {{0}};
    for (;;) {
        kl_vendor_page *page = NULL;
        kl_status status = vendor_list(handle->pool, &after, VENDORS_AT_ONCE, &page, error);
        size_t count = kl_vendor_page_count(page);
        for (size_t i = 0; !status && i < count; i++) {
            after = kl_vendor_id(kl_vendor_page_at(page, i));
            status = remove_of_vendor(handle, &after, seconds, removed, error);
        }
        kl_vendor_page_free(page);
        if (status || count < VENDORS_AT_ONCE)
            return status;
    }
}
