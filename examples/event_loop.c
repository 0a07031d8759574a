/* The library on an event loop of one's own: epoll watches the descriptor of a completion queue beside everything else.
 *
 *     build/examples/event_loop [URL [DEBITS [IN_FLIGHT]]]
 *
 * The loop makes DEBITS (1000) debits of one wallet, IN_FLIGHT (64) at a time, and never waits for any of them: a clock on the same
 * loop shows that it stays free. URL as in quickstart.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <kloyst/kloyst.h>

/* One debit from its submission to its completion; what the thread reads and writes lives here. */
typedef struct debit {
    struct loop *loop;
    char key[40];
    kl_transaction *row;
} debit;

typedef struct loop {
    kl *handle;
    kl_uuid vendor;
    kl_completion_queue *queue;
    int epoll, clock;
    int wanted, submitted, done, refused;
    int ticks;
    double last_tick, longest_gap;
} loop;

static void fail(const char *what, kl_error *error)
{
    fprintf(stderr, "event_loop: %s: %s\n", what, error ? kl_error_message(error) : "failed");
    exit(EXIT_FAILURE);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* In a thread of the queue. */
static kl_status make_debit(void *context, kl_error **error)
{
    debit *d = context;
    return kl_wallet_debit(d->loop->handle, &d->loop->vendor, 1, "a message", d->key, &d->row, error);
}

static void submit(loop *l)
{
    kl_error *error = NULL;
    debit *d = calloc(1, sizeof *d);
    if (!d)
        fail("submit", NULL);
    d->loop = l;
    snprintf(d->key, sizeof d->key, "debit-%d", l->submitted++);
    if (kl_completion_queue_submit(l->queue, make_debit, d, &error))
        fail("submit", error);
}

/* On the loop: everything that has ended so far. */
static void take_completions(loop *l)
{
    kl_completion completion;
    while (kl_completion_queue_next(l->queue, &completion) == KL_OK) {
        debit *d = completion.context;
        l->done++;
        if (completion.status) {
            l->refused++;
            fprintf(stderr, "event_loop: %s\n", kl_error_message(completion.error));
        }
        kl_error_free(completion.error);
        kl_transaction_free(d->row);
        free(d);
        if (l->submitted < l->wanted)
            submit(l);
    }
}

static void tick(loop *l)
{
    uint64_t times;
    double at = now();
    if (read(l->clock, &times, sizeof times) != sizeof times)
        return;
    if (at - l->last_tick > l->longest_gap)
        l->longest_gap = at - l->last_tick;
    l->last_tick = at;
    l->ticks++;
}

static void watch(const loop *l, int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, descriptor, &event))
        fail("epoll_ctl", NULL);
}

static void run(loop *l, int in_flight)
{
    struct itimerspec every = {{0, 5000000}, {0, 5000000}}; /* 5 ms */
    struct epoll_event events[8];
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (l->epoll < 0 || l->clock < 0 || timerfd_settime(l->clock, 0, &every, NULL))
        fail("epoll", NULL);
    watch(l, l->clock);
    watch(l, kl_completion_queue_descriptor(l->queue));
    l->last_tick = now();
    for (int i = 0; i < in_flight && l->submitted < l->wanted; i++)
        submit(l);
    while (l->done < l->wanted) {
        int count = epoll_wait(l->epoll, events, 8, -1);
        if (count < 0 && errno != EINTR)
            fail("epoll_wait", NULL);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == l->clock)
                tick(l);
            else
                take_completions(l);
        }
    }
    close(l->clock);
    close(l->epoll);
}

/* A vendor with enough money, made before the loop starts. */
static void prepare(loop *l, const char *url)
{
    kl_error *error = NULL;
    kl_vendor *vendor = NULL;
    kl_options options = KL_OPTIONS_INIT;
    options.migrate = 1;
    if (kl_open(url, &options, &l->handle, &error))
        fail("open", error);
    if (kl_vendor_create(l->handle, "Event loop", KL_PLAN_SHARED, NULL, 0, &vendor, &error))
        fail("vendor", error);
    l->vendor = kl_vendor_id(vendor);
    kl_vendor_free(vendor);
    if (kl_wallet_credit(l->handle, &l->vendor, KL_MONEY_MAX, "recharge", "recharge", NULL, &error))
        fail("credit", error);
}

int main(int count, char **arguments)
{
    loop l = {.wanted = count > 2 ? (int)strtol(arguments[2], NULL, 10) : 1000};
    int in_flight = count > 3 ? (int)strtol(arguments[3], NULL, 10) : 64;
    kl_error *error = NULL;
    kl_wallet *wallet = NULL;
    prepare(&l, count > 1 ? arguments[1] : NULL);
    if (kl_completion_queue_new(in_flight, &l.queue, &error))
        fail("queue", error);
    double start = now();
    run(&l, in_flight);
    double took = now() - start;
    if (kl_wallet_get(l.handle, &l.vendor, &wallet, &error))
        fail("wallet", error);
    printf("%d debits, %d refused, %.0f a second; the clock ticked %d times, %.1f ms apart at most; %lld ledger rows\n", l.done, l.refused,
           l.done / took, l.ticks, l.longest_gap * 1000, (long long)kl_wallet_seq(wallet));
    int good = !l.refused && kl_wallet_seq(wallet) == l.wanted + 1;
    kl_wallet_free(wallet);
    kl_completion_queue_free(l.queue);
    kl_close(l.handle);
    kl_free(l.handle);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
