/* The connection pool: bounded, thread-safe, health-checked, with a bounded wait. */
#include "pg/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

/* A caller who waits, on its own stack. Served in order: a thread that gives a connection back and takes again at
 * once must not pass those who wait. */
typedef struct waiter {
    pthread_cond_t wake;
    struct waiter *next;
} waiter;

struct pg_pool {
    pthread_mutex_t lock;
    pthread_cond_t emptied; /* for pg_pool_close */
    pthread_condattr_t monotonic;
    waiter *first_waiter;
    waiter **last_waiter;
    char *conninfo;
    pg_settings settings;
    pid_t owner;
    bool closed;
    int open;      /* connections made or being made */
    int idle_count;
    pg_connection **idle; /* a stack: the warmest session first */
};

enum { RETRIES = 5 };

kl_status pg_pool_open(const char *conninfo, const pg_settings *settings, pg_pool **out, kl_error **error)
{
    pg_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return error_memory(error);
    pool->settings = *settings;
    pool->owner = getpid();
    pool->conninfo = strdup(conninfo);
    pool->idle = calloc((size_t)settings->pool_size, sizeof(pg_connection *));
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_init(&pool->monotonic);
    pthread_condattr_setclock(&pool->monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->emptied, &pool->monotonic);
    pool->last_waiter = &pool->first_waiter;
    kl_status status = pool->conninfo && pool->idle ? KL_OK : error_memory(error);
    pg_connection *first = NULL;
    if (!status)
        status = pg_pool_take(pool, &first, error);
    if (status) {
        pg_pool_free(pool);
        return status;
    }
    pg_pool_give(pool, first);
    *out = pool;
    return KL_OK;
}

/* The slot is emptied because a child may be forked between any two lines here: it must not
 * find a connection there that was freed. */
static pg_connection *pop_idle(pg_pool *pool)
{
    pg_connection *connection = pool->idle[--pool->idle_count];
    pool->idle[pool->idle_count] = NULL;
    return connection;
}

void pg_pool_close(pg_pool *pool)
{
    if (pool->owner != getpid()) {
        pool->closed = true;
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->closed = true;
    for (waiter *w = pool->first_waiter; w; w = w->next)
        pthread_cond_signal(&w->wake);
    while (pool->idle_count) {
        pg_disconnect(pop_idle(pool));
        pool->open--;
    }
    while (pool->open || pool->first_waiter)
        pthread_cond_wait(&pool->emptied, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void pg_pool_free(pg_pool *pool)
{
    if (!pool)
        return;
    while (pool->idle_count)
        pg_disconnect(pop_idle(pool));
    if (pool->owner == getpid()) {
        pthread_cond_destroy(&pool->emptied);
        pthread_condattr_destroy(&pool->monotonic);
        pthread_mutex_destroy(&pool->lock);
    }
    free(pool->idle);
    free(pool->conninfo);
    free(pool);
}

static bool has_place(const pg_pool *pool)
{
    return pool->idle_count || pool->open < pool->settings.pool_size;
}

/* After any change, with the lock held. */
static void wake_next(pg_pool *pool)
{
    if (pool->closed)
        pthread_cond_broadcast(&pool->emptied);
    else if (pool->first_waiter && has_place(pool))
        pthread_cond_signal(&pool->first_waiter->wake);
}

static struct timespec wait_until(const pg_pool *pool)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += pool->settings.wait_timeout_ms / 1000;
    until.tv_nsec += (long)(pool->settings.wait_timeout_ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    return until;
}

static void leave_queue(pg_pool *pool, waiter *self)
{
    waiter **at = &pool->first_waiter;
    while (*at != self)
        at = &(*at)->next;
    *at = self->next;
    if (!self->next)
        pool->last_waiter = at;
}

/* Waits for an idle connection or for room for a new one; with the lock held. */
static kl_status wait_for_place(pg_pool *pool, kl_error **error)
{
    bool in_time = true;
    if (!pool->closed && (pool->first_waiter || !has_place(pool))) {
        int64_t since = clock_monotonic_ms();
        struct timespec until = wait_until(pool);
        waiter self = {.next = NULL};
        pthread_cond_init(&self.wake, &pool->monotonic);
        *pool->last_waiter = &self;
        pool->last_waiter = &self.next;
        while (!pool->closed && in_time && !(pool->first_waiter == &self && has_place(pool)))
            in_time = pthread_cond_timedwait(&self.wake, &pool->lock, &until) != ETIMEDOUT;
        in_time |= pool->first_waiter == &self && has_place(pool);
        leave_queue(pool, &self);
        metrics_add(pool->settings.metrics, METRIC_connection_waits, 1);
        metrics_add(pool->settings.metrics, METRIC_connection_wait_us, 1000 * (clock_monotonic_ms() - since));
        pthread_cond_destroy(&self.wake);
    }
    if (pool->closed)
        return error_set(error, KL_ERR_CLOSED, "the handle is closed");
    if (!in_time)
        return error_set(error, KL_ERR_TIMEOUT, "no database connection became free within %d ms",
                         pool->settings.wait_timeout_ms);
    return KL_OK;
}

static void lost(pg_pool *pool, int count)
{
    metrics_add(pool->settings.metrics, METRIC_connections_lost, count);
    metrics_add(pool->settings.metrics, METRIC_connections, -count);
    log_line(pool->settings.log, KL_LOG_WARNING, "pool", "%d database connection%s lost", count,
             count == 1 ? " was" : "s were");
}

/* A new connection in a place that was counted as open. */
static kl_status make(pg_pool *pool, pg_connection **out, kl_error **error)
{
    kl_error *why = NULL;
    kl_status status = pg_connect(pool->conninfo, &pool->settings, out, &why);
    if (status) {
        log_line(pool->settings.log, KL_LOG_WARNING, "pool", "no database connection: %s", kl_status_text(status));
        pthread_mutex_lock(&pool->lock);
        pool->open--;
        wake_next(pool);
        pthread_mutex_unlock(&pool->lock);
    } else {
        metrics_add(pool->settings.metrics, METRIC_connections_made, 1);
        metrics_add(pool->settings.metrics, METRIC_connections, 1);
    }
    if (error && !*error)
        *error = why;
    else
        kl_error_free(why);
    return status;
}

kl_status pg_pool_take(pg_pool *pool, pg_connection **out, kl_error **error)
{
    if (pool->owner != getpid())
        return error_set(error, KL_ERR_FORKED, "the handle was opened by the parent process: open one in the child");
    pg_connection *connection = NULL;
    int dead = 0;
    pthread_mutex_lock(&pool->lock);
    kl_status status = wait_for_place(pool, error);
    while (!status && !connection && pool->idle_count) {
        connection = pop_idle(pool);
        if (!pg_connection_healthy(connection)) {
            pg_disconnect(connection);
            connection = NULL;
            pool->open--;
            dead++;
        }
    }
    if (!status && !connection)
        pool->open++;
    wake_next(pool);
    pthread_mutex_unlock(&pool->lock);
    if (dead)
        lost(pool, dead);
    if (!status && !connection)
        status = make(pool, &connection, error);
    if (!status)
        metrics_add(pool->settings.metrics, METRIC_connections_in_use, 1);
    *out = connection;
    return status;
}

void pg_pool_give(pg_pool *pool, pg_connection *connection)
{
    if (!connection)
        return;
    if (pool->owner != getpid()) {
        pg_disconnect(connection);
        return;
    }
    metrics_add(pool->settings.metrics, METRIC_connections_in_use, -1);
    pthread_mutex_lock(&pool->lock);
    bool keep = !pool->closed && pg_connection_healthy(connection);
    if (keep) {
        pool->idle[pool->idle_count] = connection;
        pool->idle_count++;
    } else {
        /* Disconnected before its place is free: the server never sees more sessions than places. */
        pg_disconnect(connection);
        pool->open--;
    }
    bool broke = !keep && !pool->closed;
    wake_next(pool);
    pthread_mutex_unlock(&pool->lock);
    if (broke)
        lost(pool, 1);
}

static void pause_before_retry(int attempt)
{
    /* Spread by the clock's low bits, so that two losers do not meet again. */
    long microseconds = (500L << attempt) + (long)(clock_now() % 1000) * (attempt + 1);
    struct timespec pause = {microseconds / 1000000, microseconds % 1000000 * 1000};
    nanosleep(&pause, NULL);
}

bool pg_pool_retry(kl_status status, int attempt)
{
    if (status != KL_ERR_SERIALIZATION || attempt >= RETRIES)
        return false;
    pause_before_retry(attempt);
    return true;
}

kl_status pg_pool_transact(pg_pool *pool, const pg_scope *scope, const pg_statement *statements, size_t count,
                           kl_error **error)
{
    bool reconnected = false;
    for (int attempt = 0;; attempt++) {
        pg_connection *connection = NULL;
        kl_error *why = NULL;
        kl_status status = pg_pool_take(pool, &connection, &why);
        if (!status) {
            status = pg_transact(connection, scope, statements, count, &why);
            pg_pool_give(pool, connection);
        }
        bool again = pg_pool_retry(status, attempt);
        if (status == KL_ERR_CONNECTION_LOST && !reconnected)
            again = reconnected = true;
        metrics_add(pool->settings.metrics, again ? METRIC_transactions_repeated : METRIC_transactions, 1);
        if (!again) {
            if (error && !*error)
                *error = why;
            else
                kl_error_free(why);
            return status;
        }
        kl_error_free(why);
    }
}
