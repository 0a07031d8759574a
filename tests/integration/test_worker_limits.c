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

enum { WORKERS = 3, SEEN_MOST = 20000, WAIT_MS = 120000 };

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

static void wait_for_requests(int64_t count)
{
    int64_t until = clock_monotonic_ms() + WAIT_MS;
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

static void wait_for(int64_t count, const char *sql)
{
    int64_t until = clock_monotonic_ms() + WAIT_MS;
    while (count_of(sql) != count) {
        ck_assert_msg(clock_monotonic_ms() < until, "%s: %d", sql, (int)count_of(sql));
        nap(20);
    }
}

static void wait_for_sent(const kl_uuid *owner, const kl_uuid *campaign, int64_t count)
{
    int64_t until = clock_monotonic_ms() + WAIT_MS;
    while (sent_stats(owner, campaign).sent < count) {
        ck_assert_msg(clock_monotonic_ms() < until, "only %d sent", (int)sent_stats(owner, campaign).sent);
        nap(10);
    }
}

/* From now on every slot is noted with the share of the rate that it was given by. */
static void note_slots(void)
{
    harness_exec(fixture.admin,
                 "CREATE TABLE public.given (no bigint, starts_at timestamptz, messages int, share float8, worker uuid);"
                 "CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN "
                 "INSERT INTO public.given SELECT NEW.no, NEW.starts_at, cardinality(NEW.recipients), share, NEW.worker "
                 "FROM kloyst.sending_number WHERE phone_number_id = NEW.phone_number_id; RETURN NULL; END $$;"
                 "CREATE TRIGGER note AFTER INSERT ON kloyst.sending_slot FOR EACH ROW EXECUTE FUNCTION public.note()");
}

/* No slot of the number begins before the one before it is over, and no request comes before its slot. Requests may be late by
 * any time, when a machine stands still, so it cannot be judged by what comes within a second. */
static void slots_were_kept(int rate)
{
    char sql[500];
    size_t count = read_log(), slot = 0;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM (SELECT starts_at, lag(starts_at + messages * interval '1 second' / (%d * share)) "
                              "OVER (ORDER BY no) AS free_at FROM public.given) s WHERE starts_at < free_at - interval '1 ms'", rate);
    ck_assert_int_eq(count_of(sql), 0);
    snprintf(sql, sizeof sql, "SELECT string_agg(at::text, ' ' ORDER BY at) FROM (SELECT (extract(epoch FROM starts_at) * 1000000)::int8 "
                              "+ (n * 1000000 / (%d * share))::int8 AS at FROM public.given, generate_series(0, messages - 1) n) x", rate);
    char *slots = harness_query_text(fixture.admin, sql), *at = slots;
    for (; slot < count && *at; slot++) {
        /* Workers count in milliseconds. */
        ck_assert_int_ge(log_rows[slot].at, strtoll(at, &at, 10) - 5000);
    }
    ck_assert_uint_eq(slot, count);
    free(slots);
}

START_TEST(a_number_keeps_its_rate_whatever_number_of_processes_send_by_it)
{
    kl_error *error = NULL;
    enum { RATE = 60, COUNT = 240 };
    int64_t count = COUNT, until = clock_monotonic_ms() + WAIT_MS;
    fixture_contacts(&vendor, COUNT / 6);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, RATE, &error));
    for (int i = 0; i < 6; i++)
        enqueue(&vendor, &waba);
    note_slots();
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
    int64_t from = clock_now();
    start_workers(WORKERS);
    wait_for_requests(COUNT);
    /* Until a second one, which may be slow to begin, got to send, too. */
    for (; count_of("SELECT count(DISTINCT worker) FROM public.given") < 2; count += COUNT / 6) {
        ck_assert_int_lt(clock_monotonic_ms(), until);
        enqueue(&vendor, &waba);
        wait_for_requests(count + COUNT / 6);
    }
    ck_assert_int_ge(log_rows[read_log() - 1].at - from, (count - RATE / 5) * 1000000 / RATE);
    slots_were_kept(RATE);
}
END_TEST

START_TEST(an_exceeded_throughput_slows_all_processes_and_they_recover)
{
    kl_error *error = NULL;
    enum { RATE = 200, COUNT = 200 };
    fixture_contacts(&vendor, COUNT);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, RATE, &error));
    note_slots();
    ck_assert_int_eq(standin_start((const char *const[]){"--mps", "40", NULL}, &judge), 0);
    start_workers(2);
    int64_t until = clock_monotonic_ms() + WAIT_MS, accepted = 0;
    /* A share grows when somebody sends by it, ten seconds after it was changed. */
    while (!count_of("SELECT count(*) FROM public.given a, public.given b WHERE a.no < b.no AND a.share < b.share AND b.share >= 0.5")) {
        ck_assert_int_lt(clock_monotonic_ms(), until);
        if (standin_stat(&judge, "accepted") >= accepted) {
            enqueue(&vendor, &waba);
            accepted += COUNT;
        }
        if (accepted > COUNT)
            harness_exec(fixture.admin, "UPDATE kloyst.sending_number SET slowed_at = slowed_at - interval '11 seconds'");
        nap(50);
    }
    ck_assert_int_gt(standin_stat(&judge, "requests"), COUNT);
    slots_were_kept(RATE);
}
END_TEST

static void send_one(const char *to)
{
    kl_error *error = NULL;
    kl_message_options options = KL_MESSAGE_OPTIONS_INIT;
    options.waba_account_id = &waba;
    options.to = to;
    options.kind = KL_CONTENT_TEMPLATE;
    options.template_name = "diwali_offer";
    options.template_language = "en_US";
    options.price = price;
    ck_ok(kl_message_send(fixture.handle, &vendor, &options, NULL, &error));
}

START_TEST(a_user_gets_no_more_than_the_burst_of_a_pair_and_nobody_waits_behind)
{
    kl_error *error = NULL;
    enum { EACH = 52, USERS = 2, BURST = 45, OTHERS = 28 };
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 200, &error));
    for (int i = 0; i < EACH; i++) {
        send_one("+919800000000");
        send_one("+919800000001");
    }
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
    int64_t from = clock_now();
    start_workers(WORKERS);
    wait_for_requests(4);
    fixture_contacts(&vendor, OTHERS + USERS);
    kl_uuid others = enqueue(&vendor, &waba);
    wait_for_sent(&vendor, &others, OTHERS);
    /* Time to send too many. Not that it is enough for all that may be sent: a process that stood still has lost what was its. */
    nap(1000);
    size_t count = read_log(), written[USERS] = {0}, last_other = 0;
    for (size_t i = 0; i < count; i++) {
        size_t user = (size_t)(log_rows[i].to - 919800000000);
        if (user >= USERS)
            last_other = i;
        else if (++written[user] > BURST)
            /* The generic cell rate algorithm: 45 + k messages take at least 6 k seconds from the first on. */
            ck_assert_int_ge(log_rows[i].at - from, (int64_t)(written[user] - BURST) * 6000000);
    }
    /* The others came before the end of what waited when they were added. */
    ck_assert_uint_lt(last_other, USERS * EACH + OTHERS - 1);
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
    wait_for_sent(&vendor, &campaign, 20);
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

/* Different ones that were written to so far. */
static size_t users_in_log(void)
{
    size_t count = read_log(), users = 0;
    for (size_t i = 0; i < count; i++) {
        bool known = false;
        for (size_t j = 0; j < i; j++)
            known |= log_rows[j].to == log_rows[i].to;
        users += !known;
    }
    return users;
}

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
    for (int64_t until = clock_monotonic_ms() + WAIT_MS; users_in_log() < 25; nap(20))
        ck_assert_int_lt(clock_monotonic_ms(), until);
    nap(1000);
    ck_assert_uint_eq(users_in_log(), 25);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.portfolio_user"), 25);
    wait_for(0, "SELECT count(*) FROM kloyst.batch WHERE status = 'LEASED'");
    /* A day later there is room for the next. */
    int64_t requests = standin_stat(&judge, "requests");
    harness_exec(fixture.admin, "UPDATE kloyst.portfolio_user SET last_at = last_at - interval '24 hours'; "
                                "UPDATE kloyst.lane SET next_at = now()");
    wait_for_requests(requests + 10);
    ck_ok(kl_waba_set_portfolio(fixture.handle, &vendor, &waba, "77", 0, &error));
    for (int i = 0; i < 600 && sent_stats(&vendor, &one).sent + sent_stats(&vendor, &two).sent < 120; i++) {
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
    wait_for_requests(COUNT);
    wait_for_sent(&vendor, &campaign, COUNT);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.portfolio_user"), LIMIT);
    ck_assert_int_eq(count_of("SELECT users FROM kloyst.portfolio"), LIMIT);
    /* The portfolio has had all its users: who is one of them, or in a window, is written to again, one more waits. */
    kl_uuid again = enqueue(&vendor, &waba);
    wait_for_sent(&vendor, &again, COUNT);
    fixture_contacts(&vendor, COUNT + 1);
    harness_exec(fixture.admin, "UPDATE kloyst.contact SET blocked_at = now() WHERE mobile <> '919800000012'");
    kl_uuid one_more = enqueue(&vendor, &waba);
    ck_assert_int_eq(sent_stats(&vendor, &one_more).recipients, 1);
    nap(500);
    ck_assert_int_eq(standin_stat(&judge, "requests"), 2 * COUNT);
    ck_assert_int_eq(sent_stats(&vendor, &one_more).sent, 0);
}
END_TEST

/* The place of a message to this number in the log, once it is there. */
static int64_t place_of(int64_t mobile)
{
    int64_t until = clock_monotonic_ms() + WAIT_MS;
    for (;; nap(20)) {
        size_t count = read_log();
        for (size_t i = 0; i < count; i++)
            if (log_rows[i].to == mobile)
                return (int64_t)i;
        ck_assert_int_lt(clock_monotonic_ms(), until);
    }
}

static void add_contact(const kl_uuid *owner, int64_t number)
{
    kl_error *error = NULL;
    char mobile[32];
    snprintf(mobile, sizeof mobile, "+%lld", (long long)number);
    ck_ok(kl_contact_upsert(fixture.handle, owner, mobile, NULL, "{\"name\":\"N\"}", 12, NULL, &error));
}

enum { LARGE = 4000, A_SECOND = 80 };

/* Behind how many messages of a large campaign that runs a small one of another vendor comes: the fewest of a few, since one
 * process may stand still while the other sends. Behind the whole it were thousands. */
static int64_t messages_before_a_small_campaign(const char *others_phone)
{
    kl_error *error = NULL;
    kl_uuid other = fixture_vendor("Other", 90000000), account = fixture_waba(&other, others_phone);
    int64_t fewest = INT64_MAX;
    fixture_contacts(&vendor, LARGE);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, A_SECOND, &error));
    ck_ok(kl_waba_set_rate(fixture.handle, &other, &account, A_SECOND, &error));
    enqueue(&vendor, &waba);
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
    start_workers(2);
    wait_for_requests(A_SECOND);
    for (int i = 0; i < 8 && fewest >= A_SECOND; i++) {
        add_contact(&other, 4915112345670 + i);
        enqueue(&other, &account);
        int64_t before = standin_stat(&judge, "requests"), place = place_of(4915112345670 + i);
        ck_assert_int_lt(place, LARGE);
        if (place - before < fewest)
            fewest = place - before;
    }
    return fewest;
}

START_TEST(a_large_campaign_delays_another_vendor_on_the_same_number_by_less_than_a_second)
{
    ck_assert_int_lt(messages_before_a_small_campaign(PHONE), A_SECOND);
}
END_TEST

START_TEST(a_large_campaign_delays_another_vendor_on_another_number_by_less_than_a_second)
{
    ck_assert_int_lt(messages_before_a_small_campaign(SECOND_PHONE), A_SECOND);
}
END_TEST

START_TEST(vendors_on_one_number_get_equal_shares)
{
    kl_error *error = NULL;
    enum { SMALL = 100 };
    kl_uuid other = fixture_vendor("Other", 90000000), account = fixture_waba(&other, PHONE);
    fixture_contacts(&vendor, 400);
    for (int i = 0; i < SMALL; i++)
        add_contact(&other, 4915112345600 + i);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 100, &error));
    ck_ok(kl_waba_set_rate(fixture.handle, &other, &account, 100, &error));
    for (int i = 0; i < 3; i++)
        enqueue(&vendor, &waba);
    kl_uuid small = enqueue(&other, &account);
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
    start_workers(1);
    wait_for_sent(&other, &small, SMALL);
    size_t count = read_log(), last = 0;
    for (size_t i = 0; i < count; i++)
        if (log_rows[i].to >= 4915112345600)
            last = i;
    /* As many of the one as of the other; the one that was found first may be a little ahead. */
    ck_assert_uint_le(last, 2 * SMALL + 30);
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
    wait_for_sent(&vendor, &campaign, 50);
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
