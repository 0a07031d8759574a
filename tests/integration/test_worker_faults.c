/* What goes wrong around a worker: it is killed, its database crashes, whoever answers is broken. Nothing is lost, nothing is
 * sent twice, the money is exact. */
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "standin/standin.h"

#define PHONE "106540352242922"

static const kl_money price = 1000;
static standin judge;
static kl_uuid vendor, waba, campaign;

static void open_vendor(void)
{
    kl_error *error = NULL;
    fixture_open();
    vendor = fixture_vendor("Acme", 900000000);
    waba = fixture_waba(&vendor, PHONE);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 1000, &error));
}

static void close_vendor(void)
{
    if (judge.pid)
        ck_assert_int_eq(standin_stop(&judge), 0);
    fixture_close();
}

static void nap(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static void enqueue(int recipients)
{
    kl_error *error = NULL;
    fixture_contacts(&vendor, recipients);
    campaign = sent_campaign(&vendor, &waba, price);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
}

static int64_t count_of(const char *sql)
{
    char *text = harness_query_text(fixture.admin, sql);
    int64_t count = text ? strtoll(text, NULL, 10) : -1;
    free(text);
    return count;
}

/* Every message of the campaign has an end, the money agrees, and nobody got two. */
static kl_campaign_stats check_ends(int64_t recipients)
{
    kl_error *error = NULL;
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    kl_campaign_account account;
    ck_assert_int_eq(stats.waiting, 0);
    ck_assert_int_eq(stats.sent + stats.failed + stats.unknown, recipients);
    ck_assert_int_eq(stats.debited, recipients * price);
    ck_assert_int_eq(stats.refunded, stats.failed * price);
    ck_ok(kl_campaign_reconcile(fixture.handle, &vendor, &campaign, &account, &error));
    ck_ok(kl_wallet_verify(fixture.handle, &vendor, NULL, &error));
    return stats;
}

/* ---- killed workers ------------------------------------------------------ */

static pid_t start_worker(const char *base_url)
{
    fflush(NULL);
    pid_t child = fork();
    if (child)
        return child;
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    options.base_url = base_url;
    options.until_idle = 0;
    options.lease_ms = 60000;
    options.housekeeping = 0;
    kl_worker *worker = NULL;
    if (kl_worker_new(fixture_handle(NULL), &options, &worker, NULL))
        _exit(1);
    _exit(kl_worker_run(worker, NULL, NULL));
}

static void kill_worker(pid_t child)
{
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
}

/* As if the leases' time had passed. */
static void end_leases(void)
{
    harness_exec(fixture.admin,
                 "UPDATE kloyst.batch SET leased_until = now() - interval '1 second' WHERE status = 'LEASED'; "
                 "UPDATE kloyst.message_queue SET leased_until = now() - interval '1 second' WHERE leased_until IS NOT NULL; "
                 "UPDATE kloyst.lane SET next_at = now() WHERE next_at < now() + interval '2 minutes'");
}

/* In which step the worker was that is dead now. */
enum { NOTHING_LEASED, CLAIMED, UNDER_WAY, STEPS };

static int step_of_the_dead(void)
{
#define HELD "SELECT count(*) FROM kloyst.batch WHERE status = 'LEASED' AND leased_until > now()"
    if (!count_of(HELD))
        return NOTHING_LEASED;
    return count_of(HELD " AND started > sent + failed + unknown + deferred")
               ? UNDER_WAY
               : CLAIMED;
}

/* Until so many more requests have come, or a minute has passed. */
static void wait_for_requests(int64_t more)
{
    int64_t until = clock_monotonic_ms() + 60000, wanted = standin_stat(&judge, "requests") + more;
    while (standin_stat(&judge, "requests") < wanted && clock_monotonic_ms() < until)
        nap(5);
}

START_TEST(workers_killed_again_and_again_lose_nothing_and_send_nothing_twice)
{
    enum { RECIPIENTS = 12000, KILLS = 100 };
    kl_error *error = NULL;
    unsigned seed = (unsigned)clock_now();
    int steps[STEPS] = {0}, kills = 0;
    printf("seed %u\n", seed);
    srand(seed);
    enqueue(RECIPIENTS);
    ck_assert_int_eq(standin_start((const char *const[]){"--latency-ms", "1-30", "--fail", "sync:131026:0.05", NULL}, &judge), 0);
    for (; kills < KILLS && sent_stats(&vendor, &campaign).waiting > 200; kills++) {
        pid_t child = start_worker(judge.base_url);
        /* From before its first claim to the middle of its second batch. */
        if (kills % 4)
            wait_for_requests(1 + rand() % 100);
        else
            nap(rand() % 100);
        kill_worker(child);
        steps[step_of_the_dead()]++;
        end_leases();
    }
    printf("%d kills: %d before the claim, %d after it, %d with requests under way\n", kills, steps[NOTHING_LEASED],
           steps[CLAIMED], steps[UNDER_WAY]);
    ck_assert_int_gt(steps[UNDER_WAY], 5);
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    options.base_url = judge.base_url;
    ck_ok(sent_by_worker(fixture.handle, &options, NULL, &error));
    kl_campaign_stats stats = check_ends(RECIPIENTS);
    ck_assert_int_eq(standin_stat(&judge, "duplicate_to"), 0);
    int64_t accepted = standin_stat(&judge, "accepted");
    ck_assert_int_ge(accepted, stats.accepted);
    ck_assert_int_le(accepted, stats.accepted + stats.unknown);
    /* What became UNKNOWN is at most a slice of each who died. */
    ck_assert_int_le(stats.unknown, (int64_t)(kills + 1) * 200);
}
END_TEST

START_TEST(a_worker_killed_in_the_middle_of_storing_results_loses_none)
{
    enum { RECIPIENTS = 400, KILLS = 4 };
    kl_error *error = NULL;
    int met = 0;
    enqueue(RECIPIENTS);
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
    for (int i = 0; i < KILLS; i++) {
        /* Whoever stores results waits for this lock in the middle of its transaction. */
        PGconn *holder = PQconnectdb(fixture.admin);
        PQclear(PQexec(holder, "BEGIN; LOCK TABLE kloyst.message_log IN EXCLUSIVE MODE"));
        ck_assert_int_eq(PQtransactionStatus(holder), PQTRANS_INTRANS);
        pid_t child = start_worker(judge.base_url);
        bool waits = false;
        /* Once it must be met; the last ones may find nothing left to store. */
        for (int64_t until = clock_monotonic_ms() + (met ? 2000 : 60000); !waits && clock_monotonic_ms() < until;) {
            nap(10);
            waits = count_of("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                             "AND wait_event_type = 'Lock'");
        }
        met += waits;
        kill_worker(child);
        PQfinish(holder);
        end_leases();
    }
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    options.base_url = judge.base_url;
    ck_ok(sent_by_worker(fixture.handle, &options, NULL, &error));
    kl_campaign_stats stats = check_ends(RECIPIENTS);
    ck_assert_int_eq(standin_stat(&judge, "duplicate_to"), 0);
    ck_assert_int_le(standin_stat(&judge, "accepted"), stats.accepted + stats.unknown);
    ck_assert_int_gt(stats.unknown, 0);
    ck_assert_int_gt(met, 0);
}
END_TEST

/* ---- the database crashes ------------------------------------------------- */

typedef struct runner {
    pthread_t thread;
    kl_worker_options options;
    kl_status status;
    kl_worker_report report;
} runner;

static void *run_thread(void *context)
{
    runner *r = context;
    kl_error *error = NULL;
    r->status = sent_by_worker(fixture.handle, &r->options, &r->report, &error);
    kl_error_free(error);
    return NULL;
}

START_TEST(a_database_that_crashes_under_load_costs_no_message)
{
    enum { RECIPIENTS = 2500 };
    enqueue(RECIPIENTS);
    ck_assert_int_eq(standin_start((const char *const[]){"--latency-ms", "5-20", NULL}, &judge), 0);
    runner r = {.options = KL_WORKER_OPTIONS_INIT};
    r.options.base_url = judge.base_url;
    ck_assert_int_eq(pthread_create(&r.thread, NULL, run_thread, &r), 0);
    for (int i = 0; i < 2; i++) {
        while (standin_stat(&judge, "requests") < 300 + 800 * i)
            nap(5);
        /* A server process that dies by a signal makes the server end all and recover from its log. */
        pid_t victim;
        while ((victim = (pid_t)count_of("SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
                                         "AND pid <> pg_backend_pid() LIMIT 1")) <= 1)
            nap(5);
        kill(victim, SIGKILL);
        /* Whoever looks after it has seen that it is dead, and lets nobody in before the recovery is done. */
        while (kill(victim, 0) == 0)
            nap(5);
        while (PQping(fixture.admin) != PQPING_OK)
            nap(20);
    }
    pthread_join(r.thread, NULL);
    ck_assert_int_eq(r.status, KL_OK);
    /* A claim whose answer the crash took away holds its batch until the lease ends: the worker knows nothing of it. */
    end_leases();
    kl_error *error = NULL;
    ck_ok(sent_by_worker(fixture.handle, &r.options, NULL, &error));
    kl_campaign_stats stats = check_ends(RECIPIENTS);
    ck_assert_int_eq(standin_stat(&judge, "requests"), RECIPIENTS);
    ck_assert_int_eq(stats.sent, RECIPIENTS);
}
END_TEST

/* ---- whoever answers is broken ------------------------------------------- */

typedef enum answer_kind { HUGE_BODY, DRIP, RESET, ENDLESS_HEADERS, REDIRECT, NOT_HTTP } answer_kind;

static struct broken_server {
    int fd, port;
    answer_kind kind;
    pthread_t thread;
    atomic_int requests;
    atomic_bool ending;
} broken;

static void put(int fd, const char *text)
{
    size_t length = strlen(text);
    if (send(fd, text, length, MSG_NOSIGNAL) < 0)
        return;
}

/* Reads one request; false: the other side is gone. */
static bool read_request(int fd)
{
    char text[16384];
    size_t length = 0, body = 0;
    while (length < sizeof text - 1) {
        ssize_t got = recv(fd, text + length, sizeof text - 1 - length, 0);
        if (got <= 0)
            return false;
        length += (size_t)got;
        text[length] = '\0';
        const char *end = strstr(text, "\r\n\r\n"), *said = strcasestr(text, "content-length:");
        if (end && said) {
            body = strtoul(said + 15, NULL, 10);
            if (length >= (size_t)(end + 4 - text) + body)
                return true;
        }
    }
    return false;
}

static void *serve_one(void *context)
{
    int fd = (int)(intptr_t)context;
    static const char filler[] = "0123456789012345678901234567890123456789012345678901234567890123456789";
    if (read_request(fd)) {
        atomic_fetch_add(&broken.requests, 1);
        switch (broken.kind) {
        case HUGE_BODY:
            put(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000000\r\n\r\n");
            for (int i = 0; i < 20000 && send(fd, filler, sizeof filler, MSG_NOSIGNAL) > 0; i++)
                ;
            break;
        case DRIP:
            put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
            while (!atomic_load(&broken.ending) && send(fd, "{", 1, MSG_NOSIGNAL) > 0)
                nap(50);
            break;
        case RESET:
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
            break;
        case ENDLESS_HEADERS:
            put(fd, "HTTP/1.1 200 OK\r\n");
            for (int i = 0; i < 20000 && !atomic_load(&broken.ending); i++) {
                put(fd, "X-Filler: ");
                put(fd, filler);
                put(fd, "\r\n");
            }
            break;
        case REDIRECT:
            put(fd, "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            break;
        case NOT_HTTP:
            put(fd, "220 mail.example.com ESMTP\r\n");
            break;
        }
    }
    close(fd);
    return NULL;
}

static void *serve(void *unused)
{
    (void)unused;
    for (int fd; (fd = accept(broken.fd, NULL, NULL)) >= 0;) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve_one, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
    }
    return NULL;
}

static void start_broken(answer_kind kind)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    broken.kind = kind;
    atomic_store(&broken.requests, 0);
    atomic_store(&broken.ending, false);
    broken.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert(bind(broken.fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(broken.fd, 100) == 0);
    ck_assert(getsockname(broken.fd, (struct sockaddr *)&address, &length) == 0);
    broken.port = ntohs(address.sin_port);
    ck_assert_int_eq(pthread_create(&broken.thread, NULL, serve, NULL), 0);
}

static void stop_broken(void)
{
    atomic_store(&broken.ending, true);
    shutdown(broken.fd, SHUT_RDWR);
    pthread_join(broken.thread, NULL);
    close(broken.fd);
}

START_TEST(an_answer_that_is_none_leaves_every_message_unknown_and_asked_for_once)
{
    enum { RECIPIENTS = 12 };
    kl_error *error = NULL;
    char url[64];
    kl_worker_report report;
    enqueue(RECIPIENTS);
    start_broken((answer_kind)_i);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", broken.port);
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    options.base_url = url;
    if (_i == DRIP)
        options.request_timeout_ms = 2000;
    ck_ok(sent_by_worker(fixture.handle, &options, &report, &error));
    ck_assert_int_eq(report.unknown, RECIPIENTS);
    ck_assert_int_eq(check_ends(RECIPIENTS).unknown, RECIPIENTS);
    /* Time may run out before the request has come. */
    ck_assert_int_le(atomic_load(&broken.requests), RECIPIENTS);
    ck_assert_int_ge(atomic_load(&broken.requests), _i == DRIP ? 1 : RECIPIENTS);
    stop_broken();
}
END_TEST

static const char *const all_fail[] = {"timeout:1", "http:500:1", "http:503:1", "http:302:1", "http:404:1", "cut:1", "garbage:1"};

START_TEST(when_every_answer_fails_nothing_is_asked_twice)
{
    enum { RECIPIENTS = 20 };
    kl_error *error = NULL;
    kl_worker_report report;
    enqueue(RECIPIENTS);
    ck_assert_int_eq(standin_start((const char *const[]){"--fail", all_fail[_i], NULL}, &judge), 0);
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    options.base_url = judge.base_url;
    if (_i == 0)
        options.request_timeout_ms = 2000;
    ck_ok(sent_by_worker(fixture.handle, &options, &report, &error));
    ck_assert_int_eq(report.unknown, RECIPIENTS);
    ck_assert_int_eq(check_ends(RECIPIENTS).unknown, RECIPIENTS);
    int64_t requests = standin_stat(&judge, "requests");
    ck_assert_int_le(requests, RECIPIENTS);
    ck_assert_int_ge(requests, _i == 0 ? 1 : RECIPIENTS);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("worker faults");
    TCase *test_case = tcase_create("faults");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_vendor, close_vendor);
    tcase_set_timeout(test_case, 120);
    tcase_add_test(test_case, workers_killed_again_and_again_lose_nothing_and_send_nothing_twice);
    tcase_add_test(test_case, a_worker_killed_in_the_middle_of_storing_results_loses_none);
    /* Not a server that other programs work with at the same time: they would lose their answers. */
    if (!getenv("KL_TEST_CONNINFO"))
        tcase_add_test(test_case, a_database_that_crashes_under_load_costs_no_message);
    tcase_add_loop_test(test_case, an_answer_that_is_none_leaves_every_message_unknown_and_asked_for_once, HUGE_BODY, NOT_HTTP + 1);
    tcase_add_loop_test(test_case, when_every_answer_fails_nothing_is_asked_twice, 0, sizeof all_fail / sizeof all_fail[0]);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
