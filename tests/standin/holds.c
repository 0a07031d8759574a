/* A heap of delayed exchanges, a list of silent ones, and the thread that resumes both. */
#include "holds.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "options.h"

typedef struct held {
    exchange *x;
    int64_t due_us;
} held;

typedef struct held_list {
    held *items;
    size_t count, capacity;
} held_list;

enum { PROBE_US = 200000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_t thread;
static bool stopping;
static held_list delayed; /* binary heap by due time */
static held_list silent;

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool append(held_list *list, held item)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        held *items = realloc(list->items, capacity * sizeof *items);
        if (!items)
            return false;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
    return true;
}

static void sift_up(void)
{
    held *items = delayed.items;
    for (size_t at = delayed.count - 1; at > 0 && items[at].due_us < items[(at - 1) / 2].due_us; at = (at - 1) / 2) {
        held other = items[at];
        items[at] = items[(at - 1) / 2];
        items[(at - 1) / 2] = other;
    }
}

static exchange *take_first(void)
{
    held *items = delayed.items;
    exchange *first = items[0].x;
    held last = items[--delayed.count];
    size_t at = 0;
    for (size_t child = 1; child < delayed.count; child = 2 * at + 1) {
        if (child + 1 < delayed.count && items[child + 1].due_us < items[child].due_us)
            child++;
        if (items[child].due_us >= last.due_us)
            break;
        items[at] = items[child];
        at = child;
    }
    items[at] = last;
    return first;
}

/* The server does not watch suspended connections, so a caller that gave up is only seen by looking. */
static bool hung_up(const exchange *x)
{
    char byte;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (!info)
        return false;
    ssize_t got = recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

static void probe_silent(int64_t now, bool all)
{
    for (size_t at = 0; at < silent.count;) {
        if (!all && silent.items[at].due_us > now && !hung_up(silent.items[at].x)) {
            at++;
            continue;
        }
        exchange *x = silent.items[at].x;
        silent.items[at] = silent.items[--silent.count];
        server_resume(x);
    }
}

static void sleep_until(int64_t due_us)
{
    struct timespec until = {.tv_sec = (time_t) (due_us / 1000000), .tv_nsec = (long) (due_us % 1000000) * 1000};
    pthread_cond_timedwait(&changed, &lock, &until);
}

static void *run(void *unused)
{
    (void) unused;
    int64_t probed = 0;
    pthread_mutex_lock(&lock);
    while (!stopping) {
        int64_t now = now_us();
        while (delayed.count > 0 && delayed.items[0].due_us <= now)
            server_resume(take_first());
        if (silent.count > 0 && now - probed >= PROBE_US) {
            probe_silent(now, false);
            probed = now;
        }
        int64_t wake = now + (silent.count > 0 ? PROBE_US : 60000000);
        if (delayed.count > 0 && delayed.items[0].due_us < wake)
            wake = delayed.items[0].due_us;
        sleep_until(wake);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

bool holds_start(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return pthread_create(&thread, NULL, run, NULL) == 0;
}

void holds_add(exchange *x)
{
    pthread_mutex_lock(&lock);
    held item = {.x = x, .due_us = now_us() + (int64_t) x->delay_ms * 1000};
    if (stopping || x->delay_ms <= 0 || !append(&delayed, item)) {
        server_resume(x);
    } else {
        sift_up();
        if (delayed.items[0].x == x)
            pthread_cond_signal(&changed);
    }
    pthread_mutex_unlock(&lock);
}

void holds_add_silent(exchange *x)
{
    pthread_mutex_lock(&lock);
    held item = {.x = x, .due_us = now_us() + standin_options.hold_ms * 1000};
    if (stopping || !append(&silent, item))
        server_resume(x);
    else if (silent.count == 1)
        pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

void holds_release(void)
{
    pthread_mutex_lock(&lock);
    probe_silent(0, true);
    pthread_mutex_unlock(&lock);
}

void holds_stop(void)
{
    pthread_mutex_lock(&lock);
    stopping = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    pthread_mutex_lock(&lock);
    while (delayed.count > 0)
        server_resume(take_first());
    probe_silent(0, true);
    free(delayed.items);
    free(silent.items);
    delayed = silent = (held_list){0};
    pthread_mutex_unlock(&lock);
}
