/* The queue of single and deferred messages: leased once, single ones first, come back when due, refunded exactly. */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"

static kl_uuid vendor, waba, campaign;
static const kl_money price = 8631, single_price = 1234, opening = 50000000;

static void open_queue(void)
{
    kl_error *error = NULL;
    fixture_open();
    vendor = fixture_vendor("Acme", opening);
    waba = fixture_waba(&vendor, "106540352242922");
    fixture_contacts(&vendor, 1000);
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

static kl_batch *claim_queue(int limit)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    ck_ok(kl_queue_claim(fixture.handle, &vendor, &waba, limit, 60000, &batch, &error));
    return batch;
}

static void nothing_due(void)
{
    kl_error *error = NULL;
    kl_batch *none = NULL;
    ck_fails(KL_ERR_EMPTY, kl_queue_claim(fixture.handle, &vendor, &waba, 500, 60000, &none, &error));
}

/* A batch of the campaign with message 0, `every`, … deferred and the others accepted. */
static kl_batch *defer_some(size_t every, int64_t retry_after_ms)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    ck_ok(kl_batch_claim(fixture.handle, &vendor, &campaign, 60000, &batch, &error));
    size_t count = kl_batch_count(batch);
    kl_send_result *results = calloc(count, sizeof *results);
    char(*wamids)[60] = calloc(count, sizeof *wamids);
    ck_ok(kl_batch_start(fixture.handle, batch, count, &error));
    for (size_t i = 0; i < count; i++) {
        char id[KL_UUID_TEXT + 1];
        kl_uuid message_id = kl_batch_message_id(batch, i);
        kl_uuid_format(&message_id, id);
        snprintf(wamids[i], sizeof wamids[i], "wamid.FIRST.%s", id);
        results[i] = i % every ? (kl_send_result){i, KL_SEND_ACCEPTED, wamids[i], 0, NULL, 0}
                               : (kl_send_result){i, KL_SEND_DEFERRED, NULL, 130429, NULL, retry_after_ms};
    }
    ck_ok(kl_batch_complete(fixture.handle, batch, results, count, &error));
    ck_ok(kl_batch_complete(fixture.handle, batch, results, count, &error)); /* told again: nothing changes */
    free(results);
    free(wamids);
    return batch;
}

static kl_uuid send_single(int n)
{
    kl_error *error = NULL;
    kl_uuid id;
    char to[20];
    snprintf(to, sizeof to, "+9198000%05d", n);
    kl_message_options options = KL_MESSAGE_OPTIONS_INIT;
    options.waba_account_id = &waba;
    options.to = to;
    options.kind = KL_CONTENT_TEMPLATE;
    options.template_name = "welcome";
    options.template_language = "en";
    options.price = single_price;
    ck_ok(kl_message_send(fixture.handle, &vendor, &options, &id, &error));
    return id;
}

static kl_money balance(void)
{
    kl_error *error = NULL;
    kl_wallet *wallet = NULL;
    ck_ok(kl_wallet_get(fixture.handle, &vendor, &wallet, &error));
    kl_money amount = kl_wallet_balance(wallet);
    kl_wallet_free(wallet);
    ck_ok(kl_wallet_verify(fixture.handle, &vendor, NULL, &error));
    return amount;
}

static void expire_leases(void)
{
    harness_exec(fixture.admin, "UPDATE kloyst.message_queue SET leased_until = now() - interval '1 second' "
                                "WHERE leased_until IS NOT NULL");
}

START_TEST(deferred_messages_come_back_with_the_same_body_and_settle_their_batch)
{
    kl_batch *batch = defer_some(5, 0);
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.deferred, 100);
    ck_assert_int_eq(stats.sent, 400);
    ck_assert_int_eq(stats.waiting, 500);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.batch WHERE status = 'SETTLING'"), 1);
    kl_batch *again = claim_queue(500);
    ck_assert_uint_eq(kl_batch_count(again), 100);
    ck_assert_int_eq(kl_batch_no(again), -1);
    ck_assert_str_eq(kl_batch_phone_number_id(again), "106540352242922");
    kl_uuid account = kl_batch_waba_account_id(again);
    ck_assert_mem_eq(&account, &waba, sizeof waba);
    for (size_t i = 0; i < 100; i++) {
        size_t n = 0;
        kl_uuid id = kl_batch_message_id(again, i), first = kl_batch_message_id(batch, 0);
        while (n < 500 && memcmp(&first, &id, sizeof id) != 0) {
            n += 5;
            first = kl_batch_message_id(batch, n);
        }
        ck_assert_uint_lt(n, 500);
        ck_assert_str_eq(kl_batch_body(again, i), kl_batch_body(batch, n));
        ck_assert_str_eq(kl_batch_mobile(again, i), kl_batch_mobile(batch, n));
        ck_assert_str_eq(kl_batch_template_name(again, i), "diwali_offer");
        ck_assert_int_eq(kl_batch_attempts(again, i), 1);
        ck_assert_mem_eq(kl_batch_message_campaign_id(again, i), &campaign, sizeof campaign);
    }
    nothing_due();
    sent_complete(again, 0, 100, 10);
    stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.deferred, 0);
    ck_assert_int_eq(stats.sent, 490);
    ck_assert_int_eq(stats.failed, 10);
    ck_assert_int_eq(stats.refunded, 10 * price);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.batch WHERE status = 'COMPLETED'"), 1);
    ck_assert_int_eq(sent_drain(&vendor, &campaign, 0), 1);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.campaign WHERE status = 'COMPLETED'"), 1);
    nothing_due();
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.lane"), 0);
    ck_assert_int_eq(balance(), opening - 990 * price);
    kl_batch_free(batch);
    kl_batch_free(again);
}
END_TEST

START_TEST(what_is_not_due_is_not_leased_and_its_lane_rests_until_then)
{
    kl_error *error = NULL;
    kl_batch_free(defer_some(100, 3600000));
    nothing_due();
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.lane WHERE campaign_id = '00000000-0000-0000-0000-000000000000' "
                              "AND next_at = (SELECT min(due_at) FROM kloyst.message_queue) AND next_at > now()"), 1);
    harness_exec(fixture.admin, "UPDATE kloyst.message_queue SET due_at = now()");
    kl_batch *batch = claim_queue(3);
    ck_assert_uint_eq(kl_batch_count(batch), 3);
    ck_ok(kl_batch_start(fixture.handle, batch, 2, &error));
    kl_send_result results[2] = {{0, KL_SEND_DEFERRED, NULL, 131056, NULL, 7200000}, {1, KL_SEND_DEFERRED, NULL, 131056, NULL, 0}};
    ck_ok(kl_batch_complete(fixture.handle, batch, results, 2, &error));
    ck_ok(kl_batch_release(fixture.handle, batch, &error));
    kl_batch_free(batch);
    batch = claim_queue(500);
    ck_assert_uint_eq(kl_batch_count(batch), 4);
    int twice = 0;
    for (size_t i = 0; i < 4; i++)
        twice += kl_batch_attempts(batch, i) == 2;
    ck_assert_int_eq(twice, 1);
    kl_batch_free(batch);
    ck_assert_int_eq(sent_stats(&vendor, &campaign).deferred, 5);
}
END_TEST

START_TEST(single_messages_come_before_deferred_ones_and_fail_with_exactly_one_refund)
{
    kl_error *error = NULL;
    kl_uuid ids[3];
    kl_batch_free(defer_some(100, 0));
    for (int i = 0; i < 3; i++)
        ids[i] = send_single(i);
    kl_money before = balance();
    kl_batch *batch = claim_queue(4);
    ck_assert_uint_eq(kl_batch_count(batch), 4);
    for (size_t i = 0; i < 3; i++) {
        kl_uuid id = kl_batch_message_id(batch, i);
        ck_assert_mem_eq(&id, &ids[i], sizeof id);
        ck_assert_ptr_null(kl_batch_message_campaign_id(batch, i));
        ck_assert_str_eq(kl_batch_template_name(batch, i), "welcome");
    }
    ck_assert_ptr_nonnull(kl_batch_message_campaign_id(batch, 3));
    ck_ok(kl_batch_start(fixture.handle, batch, 3, &error));
    kl_send_result results[3] = {{0, KL_SEND_FAILED, NULL, 131026, "no", 0}, {1, KL_SEND_FAILED, NULL, 131026, "no", 0},
                                 {2, KL_SEND_ACCEPTED, "wamid.SINGLE", 0, NULL, 0}};
    for (int i = 0; i < 2; i++)
        ck_ok(kl_batch_complete(fixture.handle, batch, results, 3, &error));
    ck_assert_int_eq(balance(), before + 2 * single_price);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.transaction t JOIN kloyst.recipient r ON r.debit_id = t.debit_id "
                              "AND t.reference = r.id::text WHERE t.type = 'REFUND'"), 2);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.message_queue WHERE single"), 0);
    kl_message *message = NULL;
    ck_ok(kl_message_get(fixture.handle, &vendor, &ids[2], &message, &error));
    ck_assert_int_eq(kl_message_status_of(message), KL_MESSAGE_SENT);
    kl_message_free(message);
    kl_batch_free(batch);
}
END_TEST

START_TEST(a_lease_that_ran_out_makes_started_messages_unknown_and_hands_out_the_others)
{
    kl_error *error = NULL;
    for (int i = 0; i < 10; i++)
        send_single(i);
    kl_batch *crashed = claim_queue(10);
    ck_ok(kl_batch_start(fixture.handle, crashed, 4, &error));
    nothing_due();
    expire_leases();
    kl_batch *batch = claim_queue(10);
    ck_assert_uint_eq(kl_batch_count(batch), 6);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.message_log WHERE status = 'UNKNOWN'"), 4);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.message_queue WHERE settle_at > now() + interval '23 hours' AND "
                              "due_at = 'infinity' AND body IS NOT NULL"), 4);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.lane WHERE settle_at > now() + interval '23 hours'"), 1);
    ck_fails(KL_ERR_LEASE_LOST, kl_batch_start(fixture.handle, crashed, 5, &error));
    ck_fails(KL_ERR_LEASE_LOST, kl_batch_renew(fixture.handle, crashed, 60000, &error));
    ck_fails(KL_ERR_LEASE_LOST, kl_batch_release(fixture.handle, crashed, &error));
    /* The slow worker was alive after all. */
    kl_send_result late[2] = {{0, KL_SEND_ACCEPTED, "wamid.LATE", 0, NULL, 0}, {1, KL_SEND_FAILED, NULL, 131026, NULL, 0}};
    ck_ok(kl_batch_complete(fixture.handle, crashed, late, 2, &error));
    sent_complete(batch, 0, 6, 0);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.message_queue"), 2);
    ck_assert_int_eq(balance(), opening - 9 * single_price);
    nothing_due();
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.lane WHERE next_at = 'infinity' AND settle_at IS NOT NULL"), 1);
    kl_batch_free(crashed);
    kl_batch_free(batch);
}
END_TEST

START_TEST(deferred_messages_of_a_paused_campaign_wait_and_behind_them_others_go)
{
    kl_error *error = NULL;
    kl_batch_free(defer_some(2, 0));
    ck_ok(kl_campaign_pause(fixture.handle, &vendor, &campaign, NULL, &error));
    nothing_due();
    kl_uuid other = sent_campaign(&vendor, &waba, price), first = campaign;
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &other, 0, NULL, &error));
    campaign = other;
    kl_batch_free(defer_some(50, 0));
    kl_batch *batch = claim_queue(100);
    ck_assert_uint_eq(kl_batch_count(batch), 10);
    kl_batch_free(batch);
    ck_ok(kl_campaign_resume(fixture.handle, &vendor, &first, &error));
    harness_exec(fixture.admin, "UPDATE kloyst.message_queue SET due_at = now() - interval '1 second'");
    batch = claim_queue(500);
    ck_assert_uint_eq(kl_batch_count(batch), 250);
    kl_batch_free(batch);
}
END_TEST

/* Minutes of the day as the campaign's clock shows them at a moment near now. */
#define MINUTE(shift) "(extract(epoch FROM now() + interval '" shift "')::bigint / 60 % 1440)::int"
#define HOURS(from, until) "UPDATE kloyst.campaign SET time_zone = 'UTC', send_from = " MINUTE(from) ", send_until = " MINUTE(until) " + 1"

START_TEST(deferred_messages_keep_the_hours_of_their_campaign)
{
    kl_error *error = NULL;
    kl_batch_free(defer_some(5, 0));
    harness_exec(fixture.admin, HOURS("-1 hour", "1 hour"));
    kl_batch *batch = claim_queue(40);
    ck_assert_uint_eq(kl_batch_count(batch), 40);
    ck_ok(kl_batch_start(fixture.handle, batch, 10, &error));
    harness_exec(fixture.admin, HOURS("2 hours", "3 hours"));
    ck_fails(KL_ERR_LEASE_LOST, kl_batch_start(fixture.handle, batch, 11, &error));
    ck_ok(kl_batch_release(fixture.handle, batch, &error));
    nothing_due();
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.message_queue WHERE NOT started AND date_trunc('minute', due_at, 'UTC') = due_at"
                              " AND due_at BETWEEN now() + interval '1 hour' AND now() + interval '2 hours'"), 90);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.lane WHERE campaign_id = '00000000-0000-0000-0000-000000000000'"
                              " AND next_at > now() + interval '30 minutes'"), 0); /* those started have a lease to be looked after */
    kl_uuid single = send_single(7);
    kl_batch *other = claim_queue(40);
    kl_uuid only = kl_batch_message_id(other, 0);
    ck_assert_uint_eq(kl_batch_count(other), 1);
    ck_assert_mem_eq(&only, &single, sizeof single);
    sent_complete(other, 0, 1, 0);
    harness_exec(fixture.admin, HOURS("-1 hour", "1 hour") "; UPDATE kloyst.message_queue SET due_at = now() WHERE NOT started");
    kl_batch *rest = claim_queue(500);
    ck_assert_uint_eq(kl_batch_count(rest), 90);
    kl_batch_free(rest);
    kl_batch_free(other);
    kl_batch_free(batch);
}
END_TEST

/* A call in a thread of its own. */
typedef struct background {
    pthread_t thread;
    kl_batch *batch;
    atomic_int ended;
    kl_status status;
} background;

static void *start_one(void *context)
{
    background *b = context;
    b->status = kl_batch_start(fixture.handle, b->batch, 1, NULL);
    b->ended = 1;
    return NULL;
}

static void *pause_it(void *context)
{
    background *b = context;
    b->status = kl_campaign_pause(fixture.handle, &vendor, &campaign, NULL, NULL);
    b->ended = 1;
    return NULL;
}

static void wait_for_waiters(int waiters, const atomic_int *ended)
{
    while (!*ended && count_of("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") < waiters)
        continue;
}

START_TEST(pausing_waits_for_whoever_is_starting_a_deferred_message)
{
    kl_batch_free(defer_some(5, 0));
    kl_batch *batch = claim_queue(10);
    background start = {.batch = batch}, pause = {0};
    /* Whoever starts the message has looked at its campaign and waits for the row. */
    PGconn *holder = PQconnectdb(fixture.admin);
    PQclear(PQexec(holder, "BEGIN; SELECT FROM kloyst.message_queue FOR UPDATE"));
    ck_assert_int_eq(pthread_create(&start.thread, NULL, start_one, &start), 0);
    wait_for_waiters(1, &start.ended);
    ck_assert_int_eq(pthread_create(&pause.thread, NULL, pause_it, &pause), 0);
    wait_for_waiters(2, &pause.ended);
    ck_assert(!start.ended);
    ck_assert_msg(!pause.ended, "the campaign is paused, and a message of it is started later");
    PQfinish(holder);
    pthread_join(start.thread, NULL);
    pthread_join(pause.thread, NULL);
    ck_assert_int_eq(pause.status, KL_OK);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.message_queue WHERE started"), start.status == KL_OK);
    kl_batch_free(batch);
}
END_TEST

START_TEST(what_was_refused_in_passing_fails_when_its_campaign_is_cancelled)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    ck_ok(kl_batch_claim(fixture.handle, &vendor, &campaign, 60000, &batch, &error));
    ck_ok(kl_batch_start(fixture.handle, batch, 3, &error));
    ck_ok(kl_campaign_cancel(fixture.handle, &vendor, &campaign, NULL, &error));
    kl_send_result results[3] = {{0, KL_SEND_DEFERRED, NULL, 130429, NULL, 0}, {1, KL_SEND_ACCEPTED, "wamid.A", 0, NULL, 0},
                                 {2, KL_SEND_DEFERRED, NULL, 131056, NULL, 0}};
    ck_ok(kl_batch_complete(fixture.handle, batch, results, 3, &error));
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.failed, 2);
    ck_assert_int_eq(stats.sent, 1);
    ck_assert_int_eq(stats.cancelled, 997);
    ck_assert_int_eq(stats.deferred, 0);
    ck_assert_int_eq(balance(), opening - price);
    kl_campaign_failure_page *failures = NULL;
    ck_ok(kl_campaign_failures(fixture.handle, &vendor, &campaign, &failures, &error));
    ck_assert_uint_eq(kl_campaign_failure_page_count(failures), 2);
    ck_assert_int_eq(kl_campaign_failure_page_code(failures, 0), 130429);
    ck_assert_int_eq(kl_campaign_failure_page_messages(failures, 1), 1);
    kl_campaign_failure_page_free(failures);
    ck_assert_int_eq(count_of("SELECT count(*) FROM kloyst.campaign WHERE status = 'CANCELLED' AND completed_at IS NOT NULL"), 1);
    kl_batch_free(batch);
}
END_TEST

enum { THREADS = 8, QUEUED = 1000 };

typedef struct claimer {
    pthread_t thread;
    kl_uuid ids[QUEUED];
    size_t count;
    kl_status status;
} claimer;

static void *run_claimer(void *context)
{
    claimer *c = context;
    for (;;) {
        kl_error *error = NULL;
        kl_batch *batch = NULL;
        c->status = kl_queue_claim(fixture.handle, &vendor, &waba, 7, 60000, &batch, &error);
        kl_error_free(error);
        if (c->status)
            return NULL;
        for (size_t i = 0; i < kl_batch_count(batch) && c->count < QUEUED; i++)
            c->ids[c->count++] = kl_batch_message_id(batch, i);
        kl_batch_free(batch);
    }
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(kl_uuid));
}

START_TEST(many_threads_are_never_handed_a_message_twice_and_miss_none)
{
    static claimer claimers[THREADS];
    static kl_uuid all[QUEUED];
    size_t count = 0;
    kl_batch_free(defer_some(1, 0));
    kl_batch_free(defer_some(1, 0));
    memset(claimers, 0, sizeof claimers);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&claimers[i].thread, NULL, run_claimer, &claimers[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(claimers[i].thread, NULL);
        ck_assert_int_eq(claimers[i].status, KL_ERR_EMPTY);
        ck_assert_uint_le(count + claimers[i].count, QUEUED);
        memcpy(all + count, claimers[i].ids, claimers[i].count * sizeof *all);
        count += claimers[i].count;
    }
    ck_assert_uint_eq(count, QUEUED);
    qsort(all, count, sizeof *all, compare_ids);
    for (size_t i = 1; i < count; i++)
        ck_assert_int_ne(compare_ids(&all[i - 1], &all[i]), 0);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("queue");
    TCase *test_case = tcase_create("queue");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_queue, fixture_close);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, deferred_messages_come_back_with_the_same_body_and_settle_their_batch);
    tcase_add_test(test_case, what_is_not_due_is_not_leased_and_its_lane_rests_until_then);
    tcase_add_test(test_case, single_messages_come_before_deferred_ones_and_fail_with_exactly_one_refund);
    tcase_add_test(test_case, a_lease_that_ran_out_makes_started_messages_unknown_and_hands_out_the_others);
    tcase_add_test(test_case, deferred_messages_of_a_paused_campaign_wait_and_behind_them_others_go);
    tcase_add_test(test_case, deferred_messages_keep_the_hours_of_their_campaign);
    /* Two transactions at once, where a pooler may have one connection. */
    if (!getenv("KL_TEST_POOLER"))
        tcase_add_test(test_case, pausing_waits_for_whoever_is_starting_a_deferred_message);
    tcase_add_test(test_case, what_was_refused_in_passing_fails_when_its_campaign_is_cancelled);
    tcase_add_test(test_case, many_threads_are_never_handed_a_message_twice_and_miss_none);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
