/* Promises of messages whose answer never came: they are settled once, by their campaign's policy, whatever else
 * happens to them. */
#include "harness/suite.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "core/unknown.h"
#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "repo/queue.h"

enum { PRICE = 8631 };

static kl_uuid vendor, waba, campaign;

/* A campaign of `count` messages, each started and completed with this outcome. */
static void send_all(int count, kl_send_outcome outcome, const char *policy)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    char sql[200];
    vendor = fixture_vendor("vendor", 100000000);
    waba = fixture_waba(&vendor, "106540352242922");
    fixture_contacts(&vendor, count);
    campaign = sent_campaign(&vendor, &waba, PRICE);
    snprintf(sql, sizeof sql, "UPDATE kloyst.campaign SET unknown_policy = '%s', unknown_seconds = 3600", policy);
    harness_exec(fixture.admin, sql);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
    while (kl_batch_claim(fixture.handle, &vendor, &campaign, 60000, &batch, NULL) == KL_OK) {
        size_t messages = kl_batch_count(batch);
        kl_send_result *results = calloc(messages, sizeof *results);
        ck_ok(kl_batch_start(fixture.handle, batch, messages, &error));
        for (size_t i = 0; i < messages; i++)
            results[i] = (kl_send_result){.index = i, .outcome = outcome};
        ck_ok(kl_batch_complete(fixture.handle, batch, results, messages, &error));
        free(results);
        kl_batch_free(batch);
    }
}

/* As if the time of all of them were over. */
static void let_time_pass(void)
{
    harness_exec(fixture.admin, "UPDATE kloyst.message_queue SET settle_at = now() - interval '1 s' WHERE settle_at IS NOT NULL;"
                                "UPDATE kloyst.lane SET settle_at = now() - interval '1 s' WHERE settle_at IS NOT NULL");
}

static int64_t settle(void)
{
    kl_error *error = NULL;
    int64_t settled = -1;
    ck_ok(unknown_settle_due(fixture.handle, 1000000, &settled, &error));
    return settled;
}

static int64_t number_of(const char *sql)
{
    char *text = harness_query_text(fixture.admin, sql);
    int64_t number = text ? atoll(text) : -1;
    free(text);
    return number;
}

static kl_wallet *wallet_of(void)
{
    kl_error *error = NULL;
    kl_wallet *wallet = NULL;
    ck_ok(kl_wallet_get(fixture.handle, &vendor, &wallet, &error));
    return wallet;
}

/* The ledger agrees with the messages: what was paid for those that failed came back, once. */
static void money_agrees(int64_t failed, int64_t all)
{
    kl_error *error = NULL;
    kl_campaign_account account = {0};
    kl_ledger_report ledger = {0};
    kl_wallet *wallet = wallet_of();
    ck_assert_int_eq(kl_wallet_balance(wallet), 100000000 - (all - failed) * PRICE);
    kl_wallet_free(wallet);
    ck_ok(kl_campaign_reconcile(fixture.handle, &vendor, &campaign, &account, &error));
    ck_ok(kl_wallet_verify(fixture.handle, &vendor, &ledger, &error));
    ck_assert_int_eq(number_of("SELECT count(*) FROM kloyst.message_refund"), failed);
}

/* Counters of batches are those of the log. */
static void counters_agree(void)
{
    ck_assert_int_eq(number_of("SELECT count(*) FROM kloyst.batch b WHERE (b.unknown, b.sent, b.failed, b.delivered, b.read) <> "
                               "(SELECT count(*) FILTER (WHERE m.status = 'UNKNOWN'), count(*) FILTER (WHERE m.status = 'SENT'), "
                               "count(*) FILTER (WHERE m.status = 'FAILED'), count(*) FILTER (WHERE m.status = 'DELIVERED'), "
                               "count(*) FILTER (WHERE m.status = 'READ') FROM kloyst.message_log m WHERE m.vendor_id = b.vendor_id "
                               "AND m.id BETWEEN b.first_message_id AND b.last_message_id)"),
                     0);
}

static void campaign_is(const char *status)
{
    char *found = harness_query_text(fixture.admin, "SELECT status FROM kloyst.campaign");
    ck_assert_str_eq(found, status);
    free(found);
}

START_TEST(nothing_is_settled_before_its_time)
{
    send_all(5, KL_SEND_UNKNOWN, "FAIL");
    ck_assert_int_eq(settle(), 0);
    ck_assert_int_eq(sent_stats(&vendor, &campaign).unknown, 5);
    campaign_is("PROCESSING");
    ck_assert_int_eq(number_of("SELECT count(*) FROM kloyst.message_queue WHERE settle_at BETWEEN now() + interval '59 min' "
                               "AND now() + interval '1 hour'"),
                     5);
}
END_TEST

START_TEST(at_the_deadline_they_fail_with_our_code_and_are_given_back_once)
{
    kl_error *error = NULL;
    kl_message_page *page = NULL;
    send_all(1200, KL_SEND_UNKNOWN, "FAIL");
    money_agrees(0, 1200);
    let_time_pass();
    ck_assert_int_eq(settle(), 1200);
    money_agrees(1200, 1200);
    counters_agree();
    campaign_is("COMPLETED");
    ck_ok(kl_message_list(fixture.handle, &vendor, &campaign, NULL, 1000, &page, &error));
    for (size_t i = 0; i < kl_message_page_count(page); i++) {
        const kl_message *message = kl_message_page_at(page, i);
        ck_assert_int_eq(kl_message_status_of(message), KL_MESSAGE_FAILED);
        ck_assert_int_eq(kl_message_error_code(message), KL_ERROR_CODE_NO_ANSWER);
        ck_assert(strstr(kl_message_error_text(message), "no answer"));
    }
    kl_message_page_free(page);
    ck_assert_int_eq(settle(), 0);
    money_agrees(1200, 1200);
    ck_assert_int_eq(number_of("SELECT count(*) FROM kloyst.message_queue"), 0);
    ck_assert_int_eq(number_of("SELECT count(*) FROM kloyst.lane"), 0);
    kl_metrics metrics = KL_METRICS_INIT;
    ck_ok(kl_metrics_get(fixture.handle, &metrics, &error));
    ck_assert_int_eq(metrics.unknown_failed, 1200);
    ck_assert_int_eq(metrics.unknown_resent, 0);
}
END_TEST

START_TEST(a_step_may_be_limited)
{
    kl_error *error = NULL;
    int64_t settled = 0;
    send_all(20, KL_SEND_UNKNOWN, "FAIL");
    let_time_pass();
    ck_ok(unknown_settle_due(fixture.handle, 7, &settled, &error));
    ck_assert_int_eq(settled, 7);
    money_agrees(7, 20);
    ck_assert_int_eq(settle(), 13);
    money_agrees(20, 20);
}
END_TEST

static void report(const kl_uuid *ids, size_t count, kl_message_status status)
{
    kl_error *error = NULL;
    record_event *events = calloc(count, sizeof *events);
    pg_rows *dropped = NULL;
    for (size_t i = 0; i < count; i++)
        events[i] = (record_event){.message_id = ids[i], .status = status, .at = clock_now()};
    ck_ok(queue_store(fixture.handle->pool, &vendor, ids, count,
                      &(record_change){.events = events, .event_count = count}, &dropped, &error));
    pg_rows_free(dropped);
    free(events);
}

static size_t ids_of(kl_uuid *ids, size_t most)
{
    kl_error *error = NULL;
    kl_message_page *page = NULL;
    ck_ok(kl_message_list(fixture.handle, &vendor, &campaign, NULL, (int)most, &page, &error));
    size_t count = kl_message_page_count(page);
    for (size_t i = 0; i < count; i++)
        ids[i] = kl_message_id(kl_message_page_at(page, i));
    kl_message_page_free(page);
    return count;
}

START_TEST(a_delivery_that_is_told_later_is_shown_and_the_money_stays_given_back)
{
    kl_uuid ids[3];
    send_all(3, KL_SEND_UNKNOWN, "FAIL");
    let_time_pass();
    ck_assert_int_eq(settle(), 3);
    ck_assert_uint_eq(ids_of(ids, 3), 3);
    report(ids, 2, KL_MESSAGE_DELIVERED);
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.delivered, 2);
    ck_assert_int_eq(stats.failed, 1);
    money_agrees(3, 3);
    counters_agree();
}
END_TEST

START_TEST(those_that_a_webhook_settled_are_left_alone)
{
    kl_uuid ids[4];
    send_all(4, KL_SEND_UNKNOWN, "FAIL");
    ck_assert_uint_eq(ids_of(ids, 4), 4);
    report(ids, 3, KL_MESSAGE_SENT);
    let_time_pass();
    ck_assert_int_eq(settle(), 1);
    ck_assert_int_eq(sent_stats(&vendor, &campaign).sent, 3);
    money_agrees(1, 4);
    campaign_is("COMPLETED");
}
END_TEST

/* ---- sending once more -------------------------------------------------------- */

/* Claims what is due in the queue and completes it with this outcome; answers how many. */
static size_t send_queued(kl_send_outcome outcome, kl_uuid *ids)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    if (kl_queue_claim(fixture.handle, &vendor, &waba, 500, 60000, &batch, NULL))
        return 0;
    size_t count = kl_batch_count(batch);
    kl_send_result *results = calloc(count, sizeof *results);
    char (*wamids)[40] = calloc(count, sizeof *wamids);
    ck_ok(kl_batch_start(fixture.handle, batch, count, &error));
    for (size_t i = 0; i < count; i++) {
        ids[i] = kl_batch_message_id(batch, i);
        snprintf(wamids[i], sizeof wamids[i], "wamid.AGAIN.%zu", i);
        results[i] = (kl_send_result){.index = i, .outcome = outcome, .wa_message_id = wamids[i]};
    }
    ck_ok(kl_batch_complete(fixture.handle, batch, results, count, &error));
    kl_batch_free(batch);
    free(results);
    free(wamids);
    return count;
}

START_TEST(a_campaign_may_have_them_sent_once_more_under_the_same_id)
{
    kl_uuid before[5], again[500];
    send_all(5, KL_SEND_UNKNOWN, "RESEND");
    ck_assert_uint_eq(ids_of(before, 5), 5);
    ck_assert_uint_eq(send_queued(KL_SEND_ACCEPTED, again), 0);
    let_time_pass();
    ck_assert_int_eq(settle(), 5);
    ck_assert_int_eq(sent_stats(&vendor, &campaign).unknown, 5);
    ck_assert_int_eq(settle(), 0);
    ck_assert_uint_eq(send_queued(KL_SEND_ACCEPTED, again), 5);
    ck_assert_int_eq(memcmp(before, again, sizeof before), 0);
    ck_assert_int_eq(sent_stats(&vendor, &campaign).sent, 5);
    money_agrees(0, 5);
    counters_agree();
    campaign_is("COMPLETED");
    ck_assert_uint_eq(send_queued(KL_SEND_ACCEPTED, again), 0);
}
END_TEST

START_TEST(what_is_lost_twice_has_failed)
{
    kl_uuid again[500];
    send_all(5, KL_SEND_UNKNOWN, "RESEND");
    let_time_pass();
    ck_assert_int_eq(settle(), 5);
    ck_assert_uint_eq(send_queued(KL_SEND_UNKNOWN, again), 5);
    ck_assert_uint_eq(send_queued(KL_SEND_ACCEPTED, again), 0);
    ck_assert_int_eq(settle(), 0);
    let_time_pass();
    ck_assert_int_eq(settle(), 5);
    ck_assert_uint_eq(send_queued(KL_SEND_ACCEPTED, again), 0);
    ck_assert_int_eq(sent_stats(&vendor, &campaign).failed, 5);
    money_agrees(5, 5);
    counters_agree();
    campaign_is("COMPLETED");
}
END_TEST

START_TEST(what_a_cancelled_campaign_lost_is_not_sent_again)
{
    kl_uuid again[500];
    send_all(5, KL_SEND_UNKNOWN, "RESEND");
    harness_exec(fixture.admin, "UPDATE kloyst.campaign SET status = 'CANCELLED'");
    let_time_pass();
    ck_assert_int_eq(settle(), 5);
    ck_assert_uint_eq(send_queued(KL_SEND_ACCEPTED, again), 0);
    money_agrees(5, 5);
}
END_TEST

START_TEST(a_report_takes_a_message_out_of_the_way_before_it_is_sent_again)
{
    kl_uuid ids[5], again[500];
    send_all(5, KL_SEND_UNKNOWN, "RESEND");
    ck_assert_uint_eq(ids_of(ids, 5), 5);
    let_time_pass();
    ck_assert_int_eq(settle(), 5);
    report(ids, 3, KL_MESSAGE_DELIVERED);
    ck_assert_uint_eq(send_queued(KL_SEND_ACCEPTED, again), 2);
    ck_assert_int_eq(memcmp(again, &ids[3], 2 * sizeof ids[0]), 0);
    counters_agree();
    money_agrees(0, 5);
    campaign_is("COMPLETED");
}
END_TEST

START_TEST(a_single_message_is_given_back_after_a_day)
{
    kl_error *error = NULL;
    kl_uuid id, again[500];
    kl_message_options options = KL_MESSAGE_OPTIONS_INIT;
    vendor = fixture_vendor("vendor", 1000000);
    waba = fixture_waba(&vendor, "106540352242922");
    options.waba_account_id = &waba;
    options.to = "+919800000000";
    options.kind = KL_CONTENT_TEMPLATE;
    options.template_name = "offer";
    options.template_language = "en";
    options.price = PRICE;
    ck_ok(kl_message_send(fixture.handle, &vendor, &options, &id, &error));
    ck_assert_uint_eq(send_queued(KL_SEND_UNKNOWN, again), 1);
    ck_assert_int_eq(memcmp(&id, again, sizeof id), 0);
    ck_assert_int_eq(number_of("SELECT count(*) FROM kloyst.message_queue WHERE settle_at BETWEEN now() + interval '23 h 59 min' "
                               "AND now() + interval '24 h'"),
                     1);
    ck_assert_int_eq(settle(), 0);
    let_time_pass();
    ck_assert_int_eq(settle(), 1);
    ck_assert_int_eq(settle(), 0);
    kl_wallet *wallet = wallet_of();
    ck_assert_int_eq(kl_wallet_balance(wallet), 1000000);
    kl_wallet_free(wallet);
    ck_assert_uint_eq(send_queued(KL_SEND_ACCEPTED, again), 0);
    ck_assert_int_eq(number_of("SELECT error_code FROM kloyst.message_log WHERE status = 'FAILED'"), KL_ERROR_CODE_NO_ANSWER);
}
END_TEST

/* ---- races ---------------------------------------------------------------------- */

enum { RACED = 300, STEP = 20 };
static kl_uuid raced[RACED];
static unsigned seed;

/* Statuses come in steps of neighbours, in an order of chance; of the first step before the race and of the last one never, so that
 * both sides have something whoever is faster. */
static void *report_most(void *unused)
{
    enum { STEPS = RACED / STEP - 2 };
    int order[STEPS];
    unsigned state = seed;
    for (int i = 0; i < STEPS; i++)
        order[i] = i + 1;
    for (int i = STEPS - 1; i > 0; i--) {
        int j = rand_r(&state) % (i + 1), other = order[i];
        order[i] = order[j];
        order[j] = other;
    }
    for (int i = 0; i < STEPS; i++)
        report(&raced[order[i] * STEP], STEP, KL_MESSAGE_SENT);
    return unused;
}

static void *settle_some(void *unused)
{
    for (int64_t settled = 1; settled;) {
        kl_error *error = NULL;
        ck_ok(unknown_settle_due(fixture.handle, 30, &settled, &error));
    }
    return unused;
}

START_TEST(reports_and_deadlines_at_the_same_moment_leave_one_truth)
{
    pthread_t threads[3];
    seed = getenv("KLOYST_TEST_SEED") ? (unsigned)atoi(getenv("KLOYST_TEST_SEED")) : (unsigned)time(NULL);
    printf("seed %u\n", seed);
    send_all(RACED, KL_SEND_UNKNOWN, "FAIL");
    ck_assert_uint_eq(ids_of(raced, RACED), RACED);
    report(raced, STEP, KL_MESSAGE_SENT);
    let_time_pass();
    ck_assert_int_eq(pthread_create(&threads[0], NULL, report_most, NULL), 0);
    ck_assert_int_eq(pthread_create(&threads[1], NULL, settle_some, NULL), 0);
    ck_assert_int_eq(pthread_create(&threads[2], NULL, settle_some, NULL), 0);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.sent + stats.failed, RACED);
    ck_assert_int_ge(stats.sent, STEP);
    ck_assert_int_ge(stats.failed, STEP);
    money_agrees(stats.failed, RACED);
    counters_agree();
    campaign_is("COMPLETED");
    ck_assert_int_eq(number_of("SELECT count(*) FROM kloyst.message_queue"), 0);
}
END_TEST

START_TEST(vendors_are_settled_each_for_itself)
{
    send_all(3, KL_SEND_UNKNOWN, "FAIL");
    kl_uuid first = vendor, first_campaign = campaign;
    send_all(4, KL_SEND_UNKNOWN, "FAIL");
    let_time_pass();
    ck_assert_int_eq(settle(), 7);
    ck_assert_int_eq(sent_stats(&first, &first_campaign).failed, 3);
    ck_assert_int_eq(sent_stats(&vendor, &campaign).failed, 4);
}
END_TEST

START_TEST(a_wallet_too_full_for_a_refund_waits_and_keeps_nobody_else_waiting)
{
    kl_error *error = NULL;
    int64_t settled = 0;
    send_all(3, KL_SEND_UNKNOWN, "FAIL");
    kl_uuid first = vendor, first_campaign = campaign;
    kl_wallet *wallet = wallet_of();
    ck_ok(kl_wallet_credit(fixture.handle, &vendor, KL_MONEY_MAX - kl_wallet_balance(wallet), "full", NULL, NULL, &error));
    kl_wallet_free(wallet);
    send_all(4, KL_SEND_UNKNOWN, "FAIL");
    let_time_pass();
    ck_fails(KL_ERR_LIMIT, unknown_settle_due(fixture.handle, 1000000, &settled, &error));
    ck_assert_int_eq(settled, 4);
    ck_assert_int_eq(sent_stats(&vendor, &campaign).failed, 4);
    ck_assert_int_eq(sent_stats(&first, &first_campaign).unknown, 3);
    ck_fails(KL_ERR_LIMIT, kl_housekeep(fixture.handle, 0, &settled, &error));
    ck_ok(kl_wallet_debit(fixture.handle, &first, 3 * PRICE, "room", NULL, NULL, &error));
    ck_assert_int_eq(settle(), 3);
    ck_assert_int_eq(sent_stats(&first, &first_campaign).failed, 3);
    ck_ok(kl_campaign_reconcile(fixture.handle, &first, &first_campaign, NULL, &error));
    ck_ok(kl_wallet_verify(fixture.handle, &first, NULL, &error));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("unknown");
    TCase *tests = fixture_case("unknown outcomes");
    tcase_add_test(tests, nothing_is_settled_before_its_time);
    tcase_add_test(tests, at_the_deadline_they_fail_with_our_code_and_are_given_back_once);
    tcase_add_test(tests, a_step_may_be_limited);
    tcase_add_test(tests, a_delivery_that_is_told_later_is_shown_and_the_money_stays_given_back);
    tcase_add_test(tests, those_that_a_webhook_settled_are_left_alone);
    tcase_add_test(tests, a_campaign_may_have_them_sent_once_more_under_the_same_id);
    tcase_add_test(tests, what_is_lost_twice_has_failed);
    tcase_add_test(tests, what_a_cancelled_campaign_lost_is_not_sent_again);
    tcase_add_test(tests, a_report_takes_a_message_out_of_the_way_before_it_is_sent_again);
    tcase_add_test(tests, a_single_message_is_given_back_after_a_day);
    tcase_add_loop_test(tests, reports_and_deadlines_at_the_same_moment_leave_one_truth, 0, 3);
    tcase_add_test(tests, vendors_are_settled_each_for_itself);
    tcase_add_test(tests, a_wallet_too_full_for_a_refund_waits_and_keeps_nobody_else_waiting);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
