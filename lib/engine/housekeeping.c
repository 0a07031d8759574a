/* What time brings. */
#include "engine/housekeeping.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "core/batch_dead.h"
#include "core/breaker.h"
#include "core/campaign_life.h"
#include "core/event.h"
#include "core/fold.h"
#include "core/hold.h"
#include "core/unknown.h"
#include "core/webhook.h"
#include "repo/limits.h"

enum { AT_ONCE = 100, SETTLE_AT_ONCE = 500, PASS_MS = 1000, FOLD_MS = 100, FOLD_BODIES = 200, TROUBLE_MS = 5000, RETAIN_MS = 60000, REMOVED_AT_ONCE = 1000, DAY_SECONDS = 86400 };

struct housekeeping {
    kl *handle;
    bool fold_webhooks;
    int retain_days;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;
};

static kl_status fold_some(kl *handle, int webhooks, int64_t *done, kl_error **error)
{
    kl_fold_report report = {0};
    kl_status status = webhooks ? fold_run(handle, webhooks, &report, error) : KL_OK;
    *done += report.bodies;
    return status;
}

/* One duty that fails must not keep the others from being done: the first failure is told, all are tried. */
static void duty(kl_status *all, kl_status status)
{
    if (!*all)
        *all = status;
}

kl_status housekeeping_pass(kl *handle, int webhooks, int64_t *done, kl_error **error)
{
    kl_status status = KL_OK;
    int64_t closed = 0, started = 0, settled = 0, released = 0, recovered = 0;
    duty(&status, breaker_close_expired(handle, AT_ONCE, &closed, error));
    duty(&status, campaign_start_due(handle, AT_ONCE, &started, error));
    duty(&status, batch_recover_paused(handle, AT_ONCE, &recovered, error));
    duty(&status, unknown_settle_due(handle, SETTLE_AT_ONCE, &settled, error));
    duty(&status, hold_expire_due(handle, AT_ONCE, &released, error));
    duty(&status, limits_forget(handle->pool, error));
    *done = closed + started + settled + released + recovered;
    duty(&status, fold_some(handle, webhooks, done, error));
    return status;
}

kl_status housekeeping_retain(kl *handle, int days, int64_t *removed, kl_error **error)
{
    kl_status status = KL_OK;
    int64_t bodies = 0, events = 0;
    duty(&status, webhook_retain(handle, days, REMOVED_AT_ONCE, &bodies, error));
    duty(&status, event_remove_all_old(handle, (int64_t)days * DAY_SECONDS, &events, error));
    *removed = bodies + events;
    return status;
}

/* What is due of the thread's duties; *wait is until the next. */
static kl_status do_duties(housekeeping *h, int64_t now, int64_t *pass_at, int64_t *retain_at, int64_t *wait, kl_error **error)
{
    kl_status status = KL_OK;
    int64_t done = 0, removed = 0;
    if (now >= *pass_at) {
        duty(&status, housekeeping_pass(h->handle, h->fold_webhooks ? FOLD_BODIES : 0, &done, error));
        *pass_at = done ? 0 : now + PASS_MS;
    } else {
        duty(&status, fold_some(h->handle, FOLD_BODIES, &done, error));
    }
    if (h->retain_days && now >= *retain_at) {
        duty(&status, housekeeping_retain(h->handle, h->retain_days, &removed, error));
        *retain_at = removed >= REMOVED_AT_ONCE ? now : now + RETAIN_MS;
    }
    *wait = done ? 0 : h->fold_webhooks ? FOLD_MS : PASS_MS;
    return status;
}

/* False: it was stopped. */
static bool rest(housekeeping *h, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&h->lock);
    while (!h->stopping && pthread_cond_timedwait(&h->wake, &h->lock, &until) != ETIMEDOUT)
        ;
    bool going = !h->stopping;
    pthread_mutex_unlock(&h->lock);
    return going;
}

static void *work(void *context)
{
    housekeeping *h = context;
    int64_t pass_at = 0, retain_at = 0, wait;
    do {
        kl_error *why = NULL;
        int64_t now = clock_monotonic_ms();
        kl_status status = do_duties(h, now, &pass_at, &retain_at, &wait, &why);
        if (status) {
            log_line(&h->handle->log, KL_LOG_WARNING, "housekeeping", "%s", kl_error_message(why));
            pass_at = now + TROUBLE_MS;
            /* What one vendor is the cause of keeps the webhooks of the others from nothing. */
            if (status != KL_ERR_LIMIT && !fold_trouble_of_one(status))
                wait = TROUBLE_MS;
        }
        kl_error_free(why);
    } while (rest(h, wait));
    return NULL;
}

kl_status housekeeping_start(kl *handle, bool fold_webhooks, int retain_days, housekeeping **out, kl_error **error)
{
    housekeeping *h = calloc(1, sizeof *h);
    pthread_condattr_t monotonic;
    if (!h)
        return error_memory(error);
    h->handle = handle;
    h->fold_webhooks = fold_webhooks;
    h->retain_days = retain_days;
    pthread_mutex_init(&h->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&h->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    /* The program's signals are for its own threads. */
    sigset_t all, kept;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &kept);
    int failed = pthread_create(&h->thread, NULL, work, h);
    pthread_sigmask(SIG_SETMASK, &kept, NULL);
    if (!failed) {
        *out = h;
        return KL_OK;
    }
    pthread_cond_destroy(&h->wake);
    pthread_mutex_destroy(&h->lock);
    free(h);
    return error_memory(error);
}

void housekeeping_stop(housekeeping *h)
{
    if (!h)
        return;
    pthread_mutex_lock(&h->lock);
    h->stopping = true;
    pthread_cond_signal(&h->wake);
    pthread_mutex_unlock(&h->lock);
    pthread_join(h->thread, NULL);
    pthread_cond_destroy(&h->wake);
    pthread_mutex_destroy(&h->lock);
    free(h);
}
