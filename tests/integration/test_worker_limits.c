/* Meta's limits and fairness, kept by several worker processes together, seen from the stand-in's own log. */
#include <pthread.h>
#include <signal.h>
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
#define SECOND_PHONE "106540352242923"

enum { WORKERS = 3, SEEN_MOST = 20000 };

static const kl_money price = 1000;
static standin judge;
static kl_uuid vendor, waba;
static pid_t workers[WORKERS];

static void open_vendor(void)
{
    fixture_open();
    vendor = fixture_vendor("Acme", 90000000);
    waba = fixture_waba(&vendor, PHONE);
}

static void end_workers(void)
{
    for (int i = 0; i < WORKERS; i++) {
        if (!workers[i])
            continue;
        kill(workers[i], SIGTERM);
        ck_assert_int_eq(waitpid(workers[i], NULL, 0), workers[i]);
        workers[i] = 0;
    }
}

static void close_vendor(void)
{
    end_workers();
    if (judge.pid)
        ck_assert_int_eq(standin_stop(&judge), 0);
    fixture_close();
}

static void nap(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static kl_uuid enqueue(const kl_uuid *owner, const kl_uuid *account)
{
    kl_error *error = NULL;
    kl_uuid id = sent_campaign(owner, account, price);
    ck_ok(kl_campaign_enqueue(fixture.handle, owner, &id, 0, NULL, &error));
    return id;
}

static kl_worker *stopped_by_signal;

static void on_term(int number)
{
    (void)number;
    kl_worker_stop(stopped_by_signal);
}

/* A process of its own that works until SIGTERM. */
static void start_worker(int i)
{
    fflush(NULL);
    workers[i] = fork();
    if (workers[i])
        return;
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    options.base_url = judge.base_url;
    options.until_idle = 0;
    kl_error *error = NULL;
    if (kl_worker_new(fixture_handle(NULL), &options, &stopped_by_signal, &error))
        _exit(1);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_term}, NULL);
    _exit(kl_worker_run(stopped_by_signal, NULL, &error));
}

static void start_workers(int count)
{
    for (int i = 0; i < count; i++)
        start_worker(i);
}

typedef struct seen {
    int64_t at; /* microseconds */
    int64_t to;
    char phone[24];
    int code;
} seen;

static seen log_rows[SEEN_MOST];

/* What the stand-in took, in its order; answers how many. */
static size_t read_log(void)
{
    size_t count = 0;
    char *text = standin_get(&judge, "/_standin/log?limit=20000");
    ck_assert_ptr_nonnull(text);
    for (char *line = text; *line && count < SEEN_MOST; line = strchr(line, '\n') + 1) {
        seen *row = &log_rows[count++];
        ck_assert_int_eq(sscanf(line, "{\"sequence\":%*d,\"time\":%ld,\"to\":\"%ld\",\"phone_number_id\":\"%23[0-9]\"",
                                &row->at, &row->to, row->phone), 3);
        ck_assert_int_eq(sscanf(strstr(line, "\"code\":"), "\"code\":%d", &row->code), 1);
    }
    free(text);
    return count;
}

static void wait_for_requests(int64_t count, int ms)
{
    int64_t until = clock_monotonic_ms() + ms;
    while (standin_stat(&judge, "requests") < count) {
        ck_assert_msg(clock_monotonic_ms() < until, "only %d requests", (int)standin_stat(&judge, "requests"));
        nap(10);
    }
}

static int64_t count_of(const char *sql)
{
    char *text = harness_query_text(fixture.admin, sql);
    int64_t count = text ? strtoll(text, NULL, 10) : -1;
    free(text);
    return count;
}

START_TEST(a_number_keeps_its_rate_whatever_number_of_processes_send_by_it)
{
    kl_error *error = NULL;
    enum { RATE = 60, COUNT = 360 };
    fixture_contacts(&vendor, COUNT / 6);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, RATE, &error));
    for (int i = 0; i < 6; i++)
        enqueue(&vendor, &waba);
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
    start_workers(WORKERS);
    wait_for_requests(COUNT, 30000);
    size_t count = read_log(), most = 0;
    ck_assert_uint_eq(count, COUNT);
    for (size_t first = 0, i = 0; i < count; i++) {
        while (log_rows[i].at - log_rows[first].at > 1000000)
            first++;
        if (i - first + 1 > most)
            most = i - first + 1;
    }
    /* Half more: what a worker that was kept from running sends late. If each kept a rate of its own it were WORKERS times as many. */
    ck_assert_uint_le(most, RATE + RATE / 2);
    int64_t took = log_rows[count - 1].at - log_rows[0].at;
    ck_assert_int_ge(took, (int64_t)(COUNT - RATE / 5) * 1000000 / RATE);
    ck_assert_int_lt(took, (int64_t)COUNT * 2000000 / RATE);
}
END_TEST

START_TEST(an_exceeded_throughput_slows_all_processes_and_they_recover)
{
    kl_error *error = NULL;
    fixture_contacts(&vendor, 600);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 200, &error));
    enqueue(&vendor, &waba);
    ck_assert_int_eq(standin_start((const char *const[]){"--mps", "100", NULL}, &judge), 0);
    start_workers(2);
    int64_t until = clock_monotonic_ms() + 30000;
    while (standin_stat(&judge, "accepted") < 600 && clock_monotonic_ms() < until)
        nap(20);
    ck_assert_int_eq(standin_stat(&judge, "accepted"), 600);
    ck_assert_int_gt(standin_stat(&judge, "requests"), 600);
    ck_assert_int_lt(standin_stat(&judge, "requests"), 800); /* at the full rate every second one is refused */
    ck_assert_int_eq(count_of("SELECT (share < 1)::int FROM kloyst.sending_number"), 1);
    harness_exec(fixture.admin, "UPDATE kloyst.sending_number SET slowed_at = slowed_at - interval '11 seconds'");
    enqueue(&vendor, &waba);
    wait_for_requests(720, 10000);
    harness_exec(fixture.admin, "UPDATE kloyst.sending_number SET slowed_at = slowed_at - interval '11 seconds'");
    until = clock_monotonic_ms() + 5000;
    while (!count_of("SELECT (share >= 0.5)::int FROM kloyst.sending_number") && clock_monotonic_ms() < until)
        nap(20);
    ck_assert_int_eq(count_of("SELECT (share >= 0.5)::int FROM kloyst.sending_number"), 1);
}
END_TEST

START_TEST(a_user_gets_no_more_than_the_burst_of_a_pair_and_nobody_waits_behind)
{
    kl_error *error = NULL;
    enum { CAMPAIGNS = 48 };
    fixture_contacts(&vendor, 2);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 1000, &error));
    for (int i = 0; i < CAMPAIGNS; i++)
        enqueue(&vendor, &waba);
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
    start_workers(WORKERS);
    wait_for_requests(2 * 42, 20000);
    int64_t from = clock_monotonic_ms();
    fixture_contacts(&vendor, 30);
    kl_uuid others = enqueue(&vendor, &waba);
    while (sent_stats(&vendor, &others).sent < 28)
        nap(10);
    ck_assert_int_lt(clock_monotonic_ms() - from, 4000);
    wait_for_requests(2 * 45 + 28, 30000);
    size_t count = read_log();
    for (int64_t to = 919800000000; to < 919800000002; to++) {
        int64_t at[100];
        size_t n = 0;
        for (size_t i = 0; i < count; i++)
            if (log_rows[i].to == to)
                at[n++] = log_rows[i].at;
        ck_assert_uint_ge(n, 44);
        /* The generic cell rate algorithm of the log: any 45 + k messages take at least 6 k seconds. */
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 45; j < n; j++)
                ck_assert_int_ge(at[j] - at[i], (int64_t)(j - i - 44) * 6000000 - 400000);
    }
    end_workers();
}
END_TEST

START_TEST(a_pair_that_meta_refuses_rests_four_to_the_power_of_the_tries)
{
    kl_error *error = NULL;
    fixture_contacts(&vendor, 20);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 1000, &error));
    kl_uuid campaign = enqueue(&vendor, &waba);
    /* By the seed some recipients are refused on some of their tries. */
    ck_assert_int_eq(standin_start((const char *const[]){"--seed", "3", "--fail", "sync:131056:0.3", NULL}, &judge), 0);
    start_workers(2);
    while (sent_stats(&vendor, &campaign).sent < 20)
        nap(20);
    size_t count = read_log();
    int refusals = 0;
    for (size_t i = 0; i < count; i++) {
        int tries = 0;
        for (size_t j = 0; j <= i; j++)
            tries += log_rows[j].to == log_rows[i].to;
        refusals += log_rows[i].code == 131056;
        for (size_t j = i + 1; log_rows[i].code == 131056 && j < count; j++)
            if (log_rows[j].to == log_rows[i].to)
                ck_assert_int_ge(log_rows[j].at - log_rows[i].at, tries == 1 ? 1000000 : 4000000);
    }
    ck_assert_int_gt(refusals, 2);
}
END_TEST

START_TEST(a_portfolio_writes_to_no_more_users_than_its_limit_over_all_its_numbers)
{
    kl_error *error = NULL;
    kl_waba *made = NULL;
    fixture_contacts(&vendor, 60);
    ck_ok(kl_waba_create(fixture.handle, &vendor, "102290129340398", SECOND_PHONE, "test-token", 10, &made, &error));
    kl_uuid second = kl_waba_id(made);
    kl_waba_free(made);
    ck_ok(kl_waba_set_portfolio(fixture.handle, &vendor, &waba, "77", 25, &error));
    ck_ok(kl_waba_set_portfolio(fixture.handle, &vendor, &second, "77", 25, &error));
    kl_uuid one = enqueue(&vendor, &waba), two = enqueue(&vendor, &second);
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
    start_workers(WORKERS);
    wait_for_requests(25, 10000);
    nap(1500);
    size_t count = read_log(), users = 0;
    for (size_t i = 0; i < count; i++) {
        bool known = false;
        for (size_t j = 0; j < i; j++)
            known |= log_rows[j].to == log_rows[i].to;
        users += !known;
    }
    ck_assert_uint_eq(users, 25);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.portfolio_user"), 25);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.batch WHERE status = 'LEASED'"), 0);
    /* A day later there is room for the next. */
    harness_exec(fixture.admin, "UPDATE kloyst.portfolio_user SET last_at = last_at - interval '24 hours'; "
                                "UPDATE kloyst.lane SET next_at = now()");
    wait_for_requests((int64_t)count + 10, 10000);
    ck_ok(kl_waba_set_portfolio(fixture.handle, &vendor, &waba, "77", 0, &error));
    for (int i = 0; i < 100 && sent_stats(&vendor, &one).sent + sent_stats(&vendor, &two).sent < 120; i++) {
        harness_exec(fixture.admin, "UPDATE kloyst.lane SET next_at = now()");
        nap(100);
    }
    ck_assert_int_eq(sent_stats(&vendor, &one).sent + sent_stats(&vendor, &two).sent, 120);
    ck_assert_int_eq(standin_stat(&judge, "requests"), 120);
}
END_TEST

START_TEST(a_template_in_an_open_window_does_not_count_for_the_portfolio)
{
    kl_error *error = NULL;
    enum { COUNT = 12, LIMIT = 3 };
    char user[32];
    fixture_contacts(&vendor, COUNT);
    /* Known by the user id, and the campaign has the number. */
    harness_exec(fixture.admin, "UPDATE kloyst.contact SET bsuid = 'IN.1a2b' WHERE mobile = '919800000000'");
    sent_window(&vendor, PHONE, "IN.1a2b", clock_now());
    for (int i = 1; i < COUNT - LIMIT; i++) {
        snprintf(user, sizeof user, "%lld", 919800000000LL + i);
        sent_window(&vendor, PHONE, user, clock_now());
    }
    /* These were open for another number, and until yesterday. */
    sent_window(&vendor, SECOND_PHONE, "919800000010", clock_now());
    sent_window(&vendor, PHONE, "919800000011", clock_now() - 24 * 3600 * 1000000LL);
    ck_ok(kl_waba_set_portfolio(fixture.handle, &vendor, &waba, "77", LIMIT, &error));
    kl_uuid campaign = enqueue(&vendor, &waba);
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
    start_workers(1);
    wait_for_requests(COUNT, 10000);
    while (sent_stats(&vendor, &campaign).sent < COUNT)
        nap(10);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.portfolio_user"), LIMIT);
    ck_assert_int_eq(count_of("SELECT users FROM kloyst.portfolio"), LIMIT);
    /* The portfolio has had all its users: one more waits, those in a window do not. */
    fixture_contacts(&vendor, COUNT + 1);
    kl_uuid again = enqueue(&vendor, &waba);
    wait_for_requests(2 * COUNT, 10000);
    nap(500);
    ck_assert_int_eq(standin_stat(&judge, "requests"), 2 * COUNT);
    ck_assert_int_eq(sent_stats(&vendor, &again).sent, COUNT);
}
END_TEST

/* How long a message to this number takes from now on, in ms. */
static int64_t delay_of(int64_t mobile, int64_t from)
{
    int64_t until = clock_monotonic_ms() + 10000;
    for (;;) {
        ck_assert_int_lt(clock_monotonic_ms(), until);
        size_t count = read_log();
        for (size_t i = 0; i < count; i++)
            if (log_rows[i].to == mobile)
                return (log_rows[i].at - from) / 1000;
        nap(20);
    }
}

/* How long a small campaign of another vendor takes beside a large one, in ms: the shortest of up to three, since a busy
 * machine delays, too. Behind the large one each would take 50 s. */
static int64_t delay_beside_a_large_campaign(const char *others_phone)
{
    kl_error *error = NULL;
    kl_uuid other = fixture_vendor("Other", 90000000), account = fixture_waba(&other, others_phone);
    int64_t shortest = INT64_MAX;
    fixture_contacts(&vendor, 4000);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 80, &error));
    ck_ok(kl_waba_set_rate(fixture.handle, &other, &account, 80, &error));
    enqueue(&vendor, &waba);
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
    start_workers(2);
    wait_for_requests(100, 20000);
    for (int i = 0; i < 3 && shortest >= 1000; i++) {
        char mobile[32];
        int64_t number = 4915112345670 + i;
        snprintf(mobile, sizeof mobile, "+%lld", (long long)number);
        ck_ok(kl_contact_upsert(fixture.handle, &other, mobile, NULL, "{\"name\":\"N\"}", 12, NULL, &error));
        int64_t from = clock_now();
        enqueue(&other, &account);
        int64_t delay = delay_of(number, from);
        if (delay < shortest)
            shortest = delay;
    }
    return shortest;
}

START_TEST(a_large_campaign_delays_another_vendor_on_the_same_number_by_less_than_a_second)
{
    int64_t delay = delay_beside_a_large_campaign(PHONE);
    ck_assert_msg(delay < 1000, "%d ms", (int)delay);
}
END_TEST

START_TEST(a_large_campaign_delays_another_vendor_on_another_number_by_less_than_a_second)
{
    int64_t delay = delay_beside_a_large_campaign(SECOND_PHONE);
    ck_assert_msg(delay < 1000, "%d ms", (int)delay);
}
END_TEST

START_TEST(vendors_on_one_number_get_equal_shares)
{
    kl_error *error = NULL;
    kl_uuid other = fixture_vendor("Other", 90000000), account = fixture_waba(&other, PHONE);
    fixture_contacts(&vendor, 400);
    fixture_contacts(&other, 100);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 100, &error));
    ck_ok(kl_waba_set_rate(fixture.handle, &other, &account, 100, &error));
    for (int i = 0; i < 3; i++)
        enqueue(&vendor, &waba);
    kl_uuid small = enqueue(&other, &account);
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
    start_workers(1);
    while (sent_stats(&other, &small).sent < 100)
        nap(10);
    /* As many of the one as of the other, and what left while its results were stored. */
    ck_assert_int_le(standin_stat(&judge, "requests"), 290);
}
END_TEST

START_TEST(a_clock_that_was_put_back_does_not_stop_a_number)
{
    kl_error *error = NULL;
    fixture_contacts(&vendor, 50);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 100, &error));
    harness_exec(fixture.admin, "INSERT INTO kloyst.sending_number (phone_number_id, reserved_until, share, slowed_at) "
                                "VALUES ('" PHONE "', now() + interval '1 hour', 0.5, now() + interval '1 hour'); "
                                "INSERT INTO kloyst.sending_slot SELECT '" PHONE "', 0, gen_random_uuid(), "
                                "now() + interval '1 hour', 0, '{1}'");
    kl_uuid campaign = enqueue(&vendor, &waba);
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
    start_workers(1);
    wait_for_requests(50, 10000);
    nap(500);
    ck_assert_int_eq(sent_stats(&vendor, &campaign).sent, 50);
    ck_assert_int_eq(count_of("SELECT (share = 1)::int FROM kloyst.sending_number"), 1);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("worker limits");
    TCase *test_case = tcase_create("limits");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_vendor, close_vendor);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, a_number_keeps_its_rate_whatever_number_of_processes_send_by_it);
    tcase_add_test(test_case, an_exceeded_throughput_slows_all_processes_and_they_recover);
    tcase_add_test(test_case, a_user_gets_no_more_than_the_burst_of_a_pair_and_nobody_waits_behind);
    tcase_add_test(test_case, a_pair_that_meta_refuses_rests_four_to_the_power_of_the_tries);
    tcase_add_test(test_case, a_portfolio_writes_to_no_more_users_than_its_limit_over_all_its_numbers);
    tcase_add_test(test_case, a_template_in_an_open_window_does_not_count_for_the_portfolio);
    tcase_add_test(test_case, a_large_campaign_delays_another_vendor_on_the_same_number_by_less_than_a_second);
    tcase_add_test(test_case, a_large_campaign_delays_another_vendor_on_another_number_by_less_than_a_second);
    tcase_add_test(test_case, vendors_on_one_number_get_equal_shares);
    tcase_add_test(test_case, a_clock_that_was_put_back_does_not_stop_a_number);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
