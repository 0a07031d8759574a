/* The worker against the stand-in of the Graph API: everything goes out once, whatever happens on the way. */
#include <arpa/inet.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
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
    fixture_open();
    vendor = fixture_vendor("Acme", 90000000);
    waba = fixture_waba(&vendor, PHONE);
}

static void close_vendor(void)
{
    if (judge.pid)
        ck_assert_int_eq(standin_stop(&judge), 0);
    fixture_close();
}

static kl_uuid enqueue(const kl_uuid *owner, const kl_uuid *account)
{
    kl_error *error = NULL;
    kl_uuid id = sent_campaign(owner, account, price);
    ck_ok(kl_campaign_enqueue(fixture.handle, owner, &id, 0, NULL, &error));
    return id;
}

/* A campaign to `recipients` contacts, and the stand-in with these arguments. */
static void prepare(int recipients, const char *const *arguments)
{
    kl_error *error = NULL;
    fixture_contacts(&vendor, recipients);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 1000, &error));
    campaign = enqueue(&vendor, &waba);
    ck_assert_int_eq(standin_start(arguments, &judge), 0);
}
#define PREPARE(recipients, ...) prepare(recipients, (const char *const[]){__VA_ARGS__, NULL})

static kl_worker_options options_to(const standin *to)
{
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    options.base_url = to->base_url;
    return options;
}

static kl_worker_report run_with(const kl_worker_options *options)
{
    kl_error *error = NULL;
    kl_worker_report report;
    ck_ok(sent_by_worker(fixture.handle, options, &report, &error));
    ck_assert_int_eq(report.in_flight, 0);
    return report;
}

static kl_worker_report run(void)
{
    kl_worker_options options = options_to(&judge);
    return run_with(&options);
}

static kl_campaign_status status_of(const kl_uuid *id)
{
    kl_error *error = NULL;
    kl_campaign *read = NULL;
    ck_ok(kl_campaign_get(fixture.handle, &vendor, id, &read, &error));
    kl_campaign_status status = kl_campaign_status_of(read);
    kl_campaign_free(read);
    return status;
}

static int64_t count_of(const char *sql)
{
    char *text = harness_query_text(fixture.admin, sql);
    int64_t count = text ? strtoll(text, NULL, 10) : -1;
    free(text);
    return count;
}

/* Every message of the campaign has ended; nobody got two; the money agrees with the messages. */
static kl_campaign_stats settled(int64_t recipients)
{
    kl_error *error = NULL;
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(standin_stat(&judge, "duplicate_to"), 0);
    ck_assert_int_eq(stats.recipients, recipients);
    ck_assert_int_eq(stats.waiting, 0);
    ck_assert_int_eq(stats.sent + stats.failed + stats.unknown, recipients);
    ck_assert_int_eq(stats.sent, stats.accepted);
    ck_assert_int_eq(count_of("SELECT count(DISTINCT wa_message_id) FROM kloyst.message_log"), stats.accepted);
    ck_assert_int_eq(stats.held, 0);
    ck_assert_int_eq(stats.debited, recipients * price);
    ck_assert_int_eq(stats.refunded, stats.failed * price);
    ck_assert_int_eq(status_of(&campaign), stats.unknown ? KL_CAMPAIGN_PROCESSING : KL_CAMPAIGN_COMPLETED);
    ck_ok(kl_wallet_verify(fixture.handle, &vendor, NULL, &error));
    return stats;
}

static void nap(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

/* What is leased is so no more. */
static void let_leases_end(void)
{
    harness_exec(fixture.admin, "UPDATE kloyst.batch SET leased_until = now() - interval '1 second' WHERE status = 'LEASED'; "
                                "UPDATE kloyst.message_queue SET leased_until = now() - interval '1 second' WHERE leased_until IS NOT NULL; "
                                "UPDATE kloyst.lane SET next_at = now()");
}

START_TEST(a_campaign_goes_out_completely_and_once)
{
    PREPARE(700, "--token", "test-token", "--phone-number-id", PHONE);
    kl_worker_report report = run();
    ck_assert_int_eq(report.batches, 2);
    ck_assert_int_eq(report.accepted, 700);
    ck_assert_int_eq(settled(700).sent, 700);
    ck_assert_int_eq(standin_stat(&judge, "requests"), 700);
    ck_assert_int_eq(standin_stat(&judge, "accepted"), 700);
}
END_TEST

START_TEST(nothing_to_do_returns_at_once)
{
    PREPARE(1, "--seed", "1");
    run();
    int64_t from = clock_monotonic_ms();
    kl_worker_report report = run();
    ck_assert_int_eq(report.batches, 0);
    ck_assert_int_lt(clock_monotonic_ms() - from, 30000); /* it waits a minute for what comes again */
}
END_TEST

START_TEST(refusals_for_good_are_counted_and_refunded)
{
    PREPARE(400, "--fail", "sync:131026:0.2", "--fail", "sync:130472:0.1");
    kl_worker_report report = run();
    kl_campaign_stats stats = settled(400);
    ck_assert_int_gt(stats.failed, 60);
    ck_assert_int_eq(stats.failed, report.failed);
    ck_assert_int_eq(stats.sent, report.accepted);
    ck_assert_int_eq(stats.unknown, 0);
    ck_assert_int_eq(standin_stat(&judge, "requests"), 400);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.message_log WHERE status = 'FAILED' AND "
                              "(error_code NOT IN (131026, 130472) OR error_text IS NULL)"), 0);
}
END_TEST

/* What comes again later is due. */
static void let_time_pass(void)
{
    harness_exec(fixture.admin, "UPDATE kloyst.message_queue SET due_at = now() WHERE settle_at IS NULL; UPDATE kloyst.lane SET next_at = now()");
}

static int after_most(void *context, const kl_worker_report *so_far)
{
    (void)context;
    return so_far->accepted >= 290;
}

START_TEST(passing_refusals_end_accepted)
{
    PREPARE(300, "--seed", "8", "--fail", "sync:130429:0.1", "--fail", "sync:131000:0.01");
    kl_worker_options options = options_to(&judge);
    options.progress = after_most;
    kl_worker_report first = run_with(&options);
    let_time_pass();
    kl_worker_report rest = run();
    ck_assert_int_eq(settled(300).sent, 300);
    ck_assert_int_eq(first.accepted + rest.accepted, 300);
    ck_assert_int_gt(first.retried + rest.retried, 15);
    ck_assert_int_eq(standin_stat(&judge, "requests"), 300 + first.retried + rest.retried);
}
END_TEST

/* By chance of its time to wait, or of a machine that stalls, one may already have come again. */
static int after_five_answers(void *context, const kl_worker_report *so_far)
{
    (void)context;
    return so_far->deferred >= 5 || so_far->failed > 0;
}

START_TEST(a_message_refused_too_often_has_failed)
{
    PREPARE(5, "--fail", "sync:131053:1");
    kl_worker_options options = options_to(&judge);
    options.progress = after_five_answers;
    kl_worker_report first = run_with(&options);
    ck_assert_int_gt(first.deferred, 0);
    let_time_pass();
    options.progress = NULL;
    ck_assert_int_eq(first.failed + run_with(&options).failed, 5);
    ck_assert_int_eq(settled(5).failed, 5);
    ck_assert_int_eq(standin_stat(&judge, "requests"), 10);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.message_log WHERE error_code = 131053"), 5);
}
END_TEST

static int after_ten_refusals(void *context, const kl_worker_report *so_far)
{
    (void)context;
    return so_far->retried + so_far->deferred >= 10;
}

START_TEST(a_limit_of_meta_costs_no_message_however_often_it_is_exceeded)
{
    PREPARE(5, "--fail", "sync:130429:1");
    kl_worker_options options = options_to(&judge);
    options.max_attempts = 1;
    options.progress = after_ten_refusals;
    ck_assert_int_eq(run_with(&options).failed, 0);
    ck_assert_int_eq(standin_stop(&judge), 0);
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
    let_time_pass();
    run();
    ck_assert_int_eq(settled(5).sent, 5);
}
END_TEST

START_TEST(lost_answers_are_unknown_and_never_sent_again)
{
    PREPARE(300, "--fail", "timeout:0.02", "--fail", "cut:0.1", "--fail", "garbage:0.1", "--fail", "http:502:0.1");
    kl_worker_options options = options_to(&judge);
    options.request_timeout_ms = 1000;
    kl_worker_report report = run_with(&options);
    kl_campaign_stats stats = settled(300);
    ck_assert_int_gt(stats.unknown, 50);
    ck_assert_int_eq(report.unknown, stats.unknown);
    ck_assert_int_eq(stats.failed, 0);
    ck_assert_int_eq(run().batches, 0);
    /* Fewer when the stand-in was so slow that a request was given up before it was read. */
    ck_assert_int_le(standin_stat(&judge, "requests"), 300);
}
END_TEST

/* A port at which nobody listens and that nobody else can take; who may share it can come to listen there. */
static int reserve_port(int *fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)), 0);
    ck_assert(bind(*fd, (struct sockaddr *)&address, sizeof address) == 0);
    ck_assert(getsockname(*fd, (struct sockaddr *)&address, &length) == 0);
    return ntohs(address.sin_port);
}

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

static void runner_start(runner *r)
{
    ck_assert_int_eq(pthread_create(&r->thread, NULL, run_thread, r), 0);
}

START_TEST(a_server_that_comes_late_is_waited_for)
{
    char port[16], url[64];
    int reserved;
    kl_error *error = NULL;
    fixture_contacts(&vendor, 100);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 1000, &error));
    campaign = enqueue(&vendor, &waba);
    snprintf(port, sizeof port, "%d", reserve_port(&reserved));
    snprintf(url, sizeof url, "http://127.0.0.1:%s/", port);
    runner r = {.options = KL_WORKER_OPTIONS_INIT};
    r.options.base_url = url;
    r.options.max_attempts = 10;
    runner_start(&r);
    nap(600);
    ck_assert_int_eq(standin_start((const char *const[]){"--port", port, NULL}, &judge), 0);
    pthread_join(r.thread, NULL);
    close(reserved);
    ck_assert_int_eq(r.status, KL_OK);
    ck_assert_int_eq(r.report.accepted, 100);
    ck_assert_int_eq(settled(100).sent, 100);
}
END_TEST

START_TEST(a_server_that_does_not_come_ends_the_run_and_costs_no_message)
{
    char url[64];
    int reserved;
    kl_error *error = NULL;
    kl_worker_report report;
    fixture_contacts(&vendor, 100);
    campaign = enqueue(&vendor, &waba);
    snprintf(url, sizeof url, "http://localhost:%d", reserve_port(&reserved));
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    options.base_url = url;
    options.max_attempts = 2;
    ck_fails(KL_ERR_HTTP, sent_by_worker(fixture.handle, &options, &report, &error));
    ck_assert_int_eq(report.failed, 0);
    ck_assert_int_eq(sent_stats(&vendor, &campaign).waiting, 100);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.batch WHERE status = 'QUEUED' AND started = 0"), 1);
    close(reserved);
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
    run();
    ck_assert_int_eq(settled(100).sent, 100);
}
END_TEST

START_TEST(the_rate_of_a_number_is_kept_by_all_its_campaigns_together)
{
    kl_error *error = NULL;
    PREPARE(60, "--mps", "55");
    kl_uuid second = enqueue(&vendor, &waba);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 50, &error));
    kl_worker_options options = options_to(&judge);
    options.max_in_flight = 16;
    int64_t from = clock_monotonic_ms();
    kl_worker_report report = run_with(&options);
    ck_assert_int_ge(clock_monotonic_ms() - from, 2200);
    ck_assert_int_eq(report.accepted, 120);
    /* As many as are under way may come to a stand-in that was held up at once. */
    ck_assert_int_le(report.retried, 16);
    ck_assert_int_eq(standin_stat(&judge, "requests"), 120 + report.retried);
    ck_assert_int_eq(status_of(&second), KL_CAMPAIGN_COMPLETED);
}
END_TEST

START_TEST(an_exceeded_throughput_slows_the_number_down)
{
    kl_error *error = NULL;
    PREPARE(60, "--mps", "20");
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 200, &error));
    kl_worker_report report = run();
    ck_assert_int_eq(settled(60).sent, 60);
    ck_assert_int_gt(report.retried, 0);
    ck_assert_int_eq(standin_stat(&judge, "130429"), report.retried);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.sending_number WHERE slowed_at IS NOT NULL"), 1);
}
END_TEST

/* Told at the end of a worker's first turn, which claims one batch: nobody claims a second one before both have one. */
static int both_have_begun(void *context, const kl_worker_report *so_far)
{
    static _Thread_local bool met;
    (void)so_far;
    if (!met)
        pthread_barrier_wait(context);
    met = true;
    return 0;
}

START_TEST(two_workers_share_a_campaign_without_sending_twice)
{
    runner two[2] = {0};
    pthread_barrier_t begun;
    PREPARE(2000, "--latency-ms", "5-20");
    ck_assert_int_eq(pthread_barrier_init(&begun, NULL, 2), 0);
    for (int i = 0; i < 2; i++) {
        two[i].options = options_to(&judge);
        two[i].options.progress = both_have_begun;
        two[i].options.context = &begun;
        runner_start(&two[i]);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(two[i].thread, NULL);
    ck_assert_int_eq(two[0].status, KL_OK);
    ck_assert_int_eq(two[1].status, KL_OK);
    ck_assert_int_gt(two[0].report.accepted, 0);
    ck_assert_int_gt(two[1].report.accepted, 0);
    ck_assert_int_eq(two[0].report.accepted + two[1].report.accepted, 2000);
    ck_assert_int_eq(settled(2000).sent, 2000);
    ck_assert_int_eq(standin_stat(&judge, "requests"), 2000);
}
END_TEST

static int stop_after_some(void *context, const kl_worker_report *so_far)
{
    (void)context;
    return so_far->accepted + so_far->failed >= 20;
}

START_TEST(a_stop_leaves_the_rest_unsent_and_claimable)
{
    kl_error *error = NULL;
    PREPARE(700, "--latency-ms", "20", "--fail", "sync:130429:0.05");
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 100, &error));
    kl_worker_options options = options_to(&judge);
    options.progress = stop_after_some;
    kl_worker_report report = run_with(&options);
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_ge(report.accepted, 20);
    ck_assert_int_lt(report.accepted, 400);
    ck_assert_int_eq(stats.sent, report.accepted);
    ck_assert_int_eq(stats.failed, report.failed);
    ck_assert_int_eq(stats.unknown, 0);
    ck_assert_int_eq(stats.failed, 0);
    ck_assert_int_eq(stats.deferred, report.deferred);
    ck_assert_int_eq(stats.waiting, 700 - stats.sent - stats.deferred);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.batch WHERE status = 'LEASED'"), 0);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 1000, &error));
    options.progress = NULL;
    kl_worker_report rest = run_with(&options);
    ck_assert_int_eq(rest.accepted + report.accepted, 700);
    ck_assert_int_eq(settled(700).sent, 700);
}
END_TEST

/* In the middle of its work it waits to be killed, however late that comes. */
static int wait_for_the_end(void *context, const kl_worker_report *so_far)
{
    (void)context;
    while (so_far->accepted >= 500)
        pause();
    return 0;
}

START_TEST(a_killed_worker_costs_unknown_messages_but_no_second_one)
{
    PREPARE(900, "--latency-ms", "20-60");
    kl_worker_options options = options_to(&judge);
    options.max_in_flight = 30;
    pid_t child = fork();
    if (child == 0) {
        options.progress = wait_for_the_end;
        kl *own = fixture_handle(NULL);
        _exit(sent_by_worker(own, &options, NULL, NULL));
    }
    while (standin_stat(&judge, "accepted") < 250)
        nap(5);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_int_lt(standin_stat(&judge, "accepted"), 900);
    let_leases_end();
    run_with(&options);
    kl_campaign_stats stats = settled(900);
    ck_assert_int_gt(stats.unknown, 0);
    ck_assert_int_le(stats.unknown, 400);
    ck_assert_int_eq(stats.failed, 0);
    int64_t accepted = standin_stat(&judge, "accepted");
    ck_assert_int_ge(accepted, stats.accepted);
    ck_assert_int_le(accepted, stats.accepted + stats.unknown);
}
END_TEST

/* The server throws everybody out of the database and lets nobody in for a while. */
static void lose_database(int ms)
{
    char *name = harness_query_text(fixture.admin, "SELECT current_database()"), sql[400];
    snprintf(sql, sizeof sql, "ALTER DATABASE %s ALLOW_CONNECTIONS false; SELECT pg_terminate_backend(pid) "
                              "FROM pg_stat_activity WHERE datname = '%s'", name, name);
    harness_exec(harness_server(), sql);
    nap(ms);
    snprintf(sql, sizeof sql, "ALTER DATABASE %s ALLOW_CONNECTIONS true", name);
    harness_exec(harness_server(), sql);
    free(name);
}

START_TEST(a_database_that_goes_away_for_a_while_costs_no_message)
{
    PREPARE(1500, "--latency-ms", "5");
    runner r = {.options = options_to(&judge)};
    /* Far longer than the database is away, also on a machine that stalls. */
    r.options.lease_ms = 20000;
    runner_start(&r);
    for (int i = 0; i < 2; i++) {
        nap(400);
        lose_database(700);
    }
    pthread_join(r.thread, NULL);
    ck_assert_int_eq(r.status, KL_OK);
    /* A batch whose claim was stored and not answered is nobody's until its lease has ended. */
    if (sent_stats(&vendor, &campaign).waiting > 0) {
        let_leases_end();
        run();
    }
    ck_assert_int_eq(settled(1500).sent, 1500);
    ck_assert_int_eq(standin_stat(&judge, "requests"), 1500);
}
END_TEST

START_TEST(after_a_lost_lease_nothing_more_of_the_batch_leaves)
{
    kl_error *error = NULL;
    PREPARE(300, "--latency-ms", "5");
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 20, &error));
    runner r = {.options = options_to(&judge)};
    runner_start(&r);
    while (standin_stat(&judge, "requests") < 22)
        nap(5);
    /* A worker that lost its connections renews its leases before anything else. */
    harness_exec(fixture.admin, "UPDATE kloyst.batch SET lease_token = gen_random_uuid(), "
                                "leased_until = now() + interval '1 hour'; UPDATE kloyst.lane SET next_at = now() + interval '1 day'");
    harness_exec(fixture.admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                "WHERE datname = current_database() AND usename = 'kloyst_app'");
    pthread_join(r.thread, NULL);
    ck_assert_int_eq(r.status, KL_OK);
    /* What was written down as about to leave did so, by the queue where it was late; nothing else left. */
    int64_t started = count_of("SELECT started FROM kloyst.batch");
    ck_assert_int_lt(started, 300);
    ck_assert_int_eq(standin_stat(&judge, "requests"), r.report.accepted);
    ck_assert_int_eq(r.report.accepted, started);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 1000, &error));
    let_leases_end();
    kl_worker_report rest = run();
    kl_campaign_stats stats = settled(300);
    ck_assert_int_eq(stats.sent, 300);
    ck_assert_int_eq(stats.sent, r.report.accepted + rest.accepted);
    ck_assert_int_eq(standin_stat(&judge, "accepted"), stats.sent);
}
END_TEST

static int stop_when_told(void *context, const kl_worker_report *so_far)
{
    (void)so_far;
    return atomic_load((atomic_int *)context);
}

START_TEST(a_lease_is_renewed_while_its_messages_wait)
{
    kl_error *error = NULL;
    static atomic_int seen;
    static const char lease[] = "SELECT extract(epoch FROM leased_until) * 1000 FROM kloyst.batch WHERE status = 'LEASED'";
    PREPARE(300, "--seed", "1");
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 10, &error));
    runner r = {.options = options_to(&judge)};
    r.options.lease_ms = 6000; /* renewed every two seconds */
    r.options.progress = stop_when_told;
    r.options.context = &seen;
    runner_start(&r);
    int64_t first = -1;
    while (first < 0 && (first = count_of(lease)) < 0)
        nap(20);
    char *token = harness_query_text(fixture.admin, "SELECT lease_token FROM kloyst.batch");
    for (int64_t until = clock_monotonic_ms() + 60000; count_of(lease) < first + 1000; nap(100))
        ck_assert_msg(clock_monotonic_ms() < until, "the lease was not renewed");
    char *same = harness_query_text(fixture.admin, "SELECT lease_token FROM kloyst.batch");
    ck_assert_str_eq(same, token);
    atomic_store(&seen, 1);
    pthread_join(r.thread, NULL);
    ck_assert_int_eq(r.status, KL_OK);
    ck_assert_int_lt(r.report.accepted, 300);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 1000, &error));
    run();
    ck_assert_int_eq(settled(300).sent, 300);
    free(token);
    free(same);
}
END_TEST

START_TEST(a_refused_token_stops_its_account_after_one_message_and_no_other)
{
    kl_error *error = NULL;
    kl_worker_report report;
    PREPARE(50, "--token", "test-token");
    kl_waba *made = NULL;
    ck_ok(kl_waba_create(fixture.handle, &vendor, "102290129340399", "106540352242923", "expired", 7, &made, &error));
    kl_uuid bad = kl_waba_id(made);
    kl_waba_free(made);
    kl_uuid first = enqueue(&vendor, &bad), second = enqueue(&vendor, &bad);
    kl_worker_options options = options_to(&judge);
    ck_fails(KL_ERR_REFUSED, sent_by_worker(fixture.handle, &options, &report, &error));
    ck_assert_int_eq(report.accepted, 50);
    ck_assert_int_eq(report.failed, 0);
    ck_assert_int_eq(report.deferred, 1);
    ck_assert_int_le(standin_stat(&judge, "requests"), 52);
    ck_assert_int_eq(sent_stats(&vendor, &campaign).sent, 50);
    ck_assert_int_eq(sent_stats(&vendor, &first).waiting + sent_stats(&vendor, &second).waiting, 99);
    ck_assert_int_eq(sent_stats(&vendor, &first).deferred + sent_stats(&vendor, &second).deferred, 1);
    kl_breaker_page *open = NULL;
    ck_ok(kl_breaker_list(fixture.handle, &vendor, NULL, 10, &open, &error));
    ck_assert_uint_eq(kl_breaker_page_count(open), 1);
    ck_assert_int_eq(kl_breaker_code(kl_breaker_page_at(open, 0)), 190);
    kl_breaker_page_free(open);
    ck_ok(kl_waba_set_token(fixture.handle, &vendor, &bad, "test-token", 10, &error));
    /* The new token closes what the old one opened. */
    open = NULL;
    ck_ok(kl_breaker_list(fixture.handle, &vendor, NULL, 10, &open, &error));
    ck_assert_uint_eq(kl_breaker_page_count(open), 0);
    kl_breaker_page_free(open);
    ck_assert_int_eq(run().accepted, 100);
    ck_assert_int_eq(status_of(&first), KL_CAMPAIGN_COMPLETED);
    ck_assert_int_eq(status_of(&second), KL_CAMPAIGN_COMPLETED);
}
END_TEST

START_TEST(a_result_that_the_database_refuses_does_not_cost_the_others)
{
    PREPARE(50, "--seed", "1");
    harness_exec(fixture.admin, "ALTER TABLE kloyst.message_log ADD CONSTRAINT refused CHECK (mobile <> '919800000007' OR status <> 'SENT')");
    kl_error *error = NULL;
    kl_worker_report report;
    kl_worker_options options = options_to(&judge);
    kl_status status = sent_by_worker(fixture.handle, &options, &report, &error);
    ck_assert_msg(status != KL_OK, "nothing was said of it");
    kl_error_free(error);
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.sent, 49);
    ck_assert_int_eq(stats.unknown, 1);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.message_log WHERE mobile = '919800000007' AND status = 'UNKNOWN'"), 1);
}
END_TEST

START_TEST(one_vendor_can_be_served_alone)
{
    kl_error *error = NULL;
    PREPARE(20, "--seed", "1");
    kl_uuid other = fixture_vendor("Other", 1000000), account = fixture_waba(&other, "106540352242924");
    fixture_contacts(&other, 20);
    kl_uuid theirs = enqueue(&other, &account);
    kl_worker_options options = options_to(&judge);
    options.vendor_id = &other;
    ck_assert_int_eq(run_with(&options).accepted, 20);
    ck_assert_int_eq(sent_stats(&vendor, &campaign).waiting, 20);
    kl_campaign_stats stats;
    ck_ok(kl_campaign_stats_get(fixture.handle, &other, &theirs, &stats, &error));
    ck_assert_int_eq(stats.sent, 20);
}
END_TEST

START_TEST(options_out_of_range_and_unsafe_addresses_are_refused)
{
    kl_error *error = NULL;
    const char *const unsafe[] = {"http://graph.facebook.com", "http://127.0.0.1.example.com",
                                  "http://127.0.0.1@example.com", "http://example.com#127.0.0.1",
                                  "http://user:pass@127.0.0.1", "ftp://127.0.0.1",
                                  "127.0.0.1", "", "https://graph.facebook.com?x=1", "http://[::2]", "http://0.0.0.0",
                                  "file:///etc/passwd"};
    for (size_t i = 0; i < sizeof unsafe / sizeof unsafe[0]; i++) {
        kl_worker_options options = KL_WORKER_OPTIONS_INIT;
        options.base_url = unsafe[i];
        ck_fails(KL_ERR_ARGUMENT, sent_by_worker(fixture.handle, &options, NULL, &error));
    }
    struct {
        int in_flight, timeout, lease, attempts;
        const char *version;
    } wrong[] = {{0, 1, 1000, 1, "v25.0"},    {10001, 1, 1000, 1, "v25.0"}, {1, 0, 1000, 1, "v25.0"},
                 {1, 1, 999, 1, "v25.0"},     {1, 1, 3600001, 1, "v25.0"},  {1, 1, 1000, 0, "v25.0"},
                 {1, 1, 1000, 11, "v25.0"},   {1, 1, 1000, 1, "../x"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        kl_worker_options options = KL_WORKER_OPTIONS_INIT;
        options.max_in_flight = wrong[i].in_flight;
        options.request_timeout_ms = wrong[i].timeout;
        options.lease_ms = wrong[i].lease;
        options.max_attempts = wrong[i].attempts;
        options.api_version = wrong[i].version;
        ck_fails(KL_ERR_ARGUMENT, sent_by_worker(fixture.handle, &options, NULL, &error));
    }
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    options.size = 8;
    ck_fails(KL_ERR_ARGUMENT, sent_by_worker(fixture.handle, &options, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, sent_by_worker(NULL, NULL, NULL, &error));
}
END_TEST

START_TEST(without_a_master_key_nothing_is_sent)
{
    kl_error *error = NULL;
    kl_options keyless = KL_OPTIONS_INIT;
    unsetenv("KLOYST_MASTER_KEY");
    kl *handle = fixture_handle(&keyless);
    ck_fails(KL_ERR_KEY, sent_by_worker(handle, NULL, NULL, &error));
    kl_close(handle);
    ck_fails(KL_ERR_CLOSED, sent_by_worker(handle, NULL, NULL, &error));
    kl_free(handle);
}
END_TEST

/* The least that was in use at the end of a turn: what more there is belongs to batches at work, whose number varies. */
static size_t heap_early = SIZE_MAX, heap_late = SIZE_MAX;

static int watch_heap(void *context, const kl_worker_report *so_far)
{
    (void)context;
    struct mallinfo2 heap = mallinfo2();
    size_t now = heap.uordblks + heap.hblkhd;
    size_t *least = so_far->accepted < 300 ? NULL : so_far->accepted < 1500 ? &heap_early : so_far->accepted < 2700 ? &heap_late : NULL;
    if (least && now < *least)
        *least = now;
    return 0;
}

START_TEST(memory_stays_flat_over_three_thousand_messages)
{
    PREPARE(3000, "--seed", "1");
    kl_worker_options options = options_to(&judge);
    options.progress = watch_heap;
    ck_assert_int_eq(run_with(&options).accepted, 3000);
    ck_assert_int_eq(settled(3000).sent, 3000);
    ck_assert_uint_ne(heap_early, SIZE_MAX);
    ck_assert_uint_ne(heap_late, SIZE_MAX);
    ck_assert_msg(heap_late < heap_early + 512 * 1024, "grew from %zu to %zu", heap_early, heap_late);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("worker");
    TCase *test_case = tcase_create("worker");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_vendor, close_vendor);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, a_campaign_goes_out_completely_and_once);
    tcase_add_test(test_case, nothing_to_do_returns_at_once);
    tcase_add_test(test_case, refusals_for_good_are_counted_and_refunded);
    tcase_add_test(test_case, passing_refusals_end_accepted);
    tcase_add_test(test_case, a_message_refused_too_often_has_failed);
    tcase_add_test(test_case, a_limit_of_meta_costs_no_message_however_often_it_is_exceeded);
    tcase_add_test(test_case, lost_answers_are_unknown_and_never_sent_again);
    tcase_add_test(test_case, a_server_that_comes_late_is_waited_for);
    tcase_add_test(test_case, a_server_that_does_not_come_ends_the_run_and_costs_no_message);
    tcase_add_test(test_case, the_rate_of_a_number_is_kept_by_all_its_campaigns_together);
    tcase_add_test(test_case, an_exceeded_throughput_slows_the_number_down);
    tcase_add_test(test_case, two_workers_share_a_campaign_without_sending_twice);
    tcase_add_test(test_case, a_stop_leaves_the_rest_unsent_and_claimable);
    tcase_add_test(test_case, a_killed_worker_costs_unknown_messages_but_no_second_one);
    tcase_add_test(test_case, a_database_that_goes_away_for_a_while_costs_no_message);
    tcase_add_test(test_case, after_a_lost_lease_nothing_more_of_the_batch_leaves);
    tcase_add_test(test_case, a_lease_is_renewed_while_its_messages_wait);
    tcase_add_test(test_case, a_refused_token_stops_its_account_after_one_message_and_no_other);
    tcase_add_test(test_case, a_result_that_the_database_refuses_does_not_cost_the_others);
    tcase_add_test(test_case, one_vendor_can_be_served_alone);
    tcase_add_test(test_case, options_out_of_range_and_unsafe_addresses_are_refused);
    tcase_add_test(test_case, without_a_master_key_nothing_is_sent);
    tcase_add_test(test_case, memory_stays_flat_over_three_thousand_messages);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
