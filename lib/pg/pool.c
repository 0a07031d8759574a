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

struct pg_pool {
    pthread_mutex_t lock;
    pthread_cond_t changed;
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
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->changed, &attributes);
    pthread_condattr_destroy(&attributes);
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

void pg_pool_close(pg_pool *pool)
{
    if (pool->owner != getpid()) {
        pool->closed = true;
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->closed = true;
    pthread_cond_broadcast(&pool->changed);
    for (;;) {
        while (pool->idle_count) {
            pg_connection *connection = pool->idle[--pool->idle_count];
            pool->open--;
            pg_disconnect(connection);
        }
        if (!pool->open)
            break;
        pthread_cond_wait(&pool->changed, &pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
}

void pg_pool_free(pg_pool *pool)
{
    if (!pool)
        return;
    if (pool->owner == getpid()) {
        pthread_cond_destroy(&pool->changed);
        pthread_mutex_destroy(&pool->lock);
    } else {
        while (pool->idle_count)
            pg_abandon(pool->idle[--pool->idle_count]);
    }
    free(pool->idle);
    free(pool->conninfo);
    free(pool);
}

/* Waits for an idle connection or for room for a new one; with the lock held. */
static kl_status wait_for_place(pg_pool *pool, kl_error **error)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += pool->settings.wait_timeout_ms / 1000;
    until.tv_nsec += (long)(pool->settings.wait_timeout_ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    while (!pool->closed && !pool->idle_count && pool->open >= pool->settings.pool_size)
        if (pthread_cond_timedwait(&pool->changed, &pool->lock, &until) == ETIMEDOUT)
            return error_set(error, KL_ERR_TIMEOUT, "no database connection became free within %d ms",
                             pool->settings.wait_timeout_ms);
    return pool->closed ? error_set(error, KL_ERR_CLOSED, "the handle is closed") : KL_OK;
}

kl_status pg_pool_take(pg_pool *pool, pg_connection **out, kl_error **error)
{
    if (pool->owner != getpid())
        return error_set(error, KL_ERR_FORKED, "the handle was opened by the parent process: open one in the child");
    pthread_mutex_lock(&pool->lock);
    kl_status status = wait_for_place(pool, error);
    while (!status && pool->idle_count) {
        pg_connection *connection = pool->idle[--pool->idle_count];
        if (pg_connection_healthy(connection)) {
            pthread_mutex_unlock(&pool->lock);
            *out = connection;
            return KL_OK;
        }
        pool->open--;
        pg_disconnect(connection);
    }
    if (!status)
        pool->open++;
    pthread_mutex_unlock(&pool->lock);
    if (status)
        return status;
    status = pg_connect(pool->conninfo, &pool->settings, out, error);
    if (status) {
        pthread_mutex_lock(&pool->lock);
        pool->open--;
        pthread_cond_signal(&pool->changed);
        pthread_mutex_unlock(&pool->lock);
    }
    return status;
}

void pg_pool_give(pg_pool *pool, pg_connection *connection)
{
    if (!connection)
        return;
    bool healthy = pg_connection_healthy(connection);
    pthread_mutex_lock(&pool->lock);
    if (healthy && !pool->closed) {
        pool->idle[pool->idle_count++] = connection;
        connection = NULL;
    } else {
        pool->open--;
    }
    if (pool->closed)
        pthread_cond_broadcast(&pool->changed);
    else
        pthread_cond_signal(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    pg_disconnect(connection);
}

static void pause_before_retry(int attempt)
{
    /* Spread by the clock's low bits, so that two losers do not meet again. */
    long microseconds = (500L << attempt) + (long)(clock_now() % 1000) * (attempt + 1);
    struct timespec pause = {microseconds / 1000000, microseconds % 1000000 * 1000};
    nanosleep(&pause, NULL);
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
        bool again = status == KL_ERR_SERIALIZATION && attempt < RETRIES;
        if (status == KL_ERR_CONNECTION_LOST && !reconnected)
            again = reconnected = true;
        if (!again) {
            if (error && !*error)
                *error = why;
            else
                kl_error_free(why);
            return status;
        }
        kl_error_free(why);
        pause_before_retry(attempt);
    }
}
