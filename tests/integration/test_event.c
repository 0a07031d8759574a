/* The event feed: nothing is missed, however late it commits; order per message; a reader goes on where it was. */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"

static kl_uuid vendor, waba;
static kl_contact *contact;
static kl_uuid contact_id;

static void open_vendor(void)
{
    kl_error *error = NULL;
    fixture_open();
    vendor = fixture_vendor("Acme", 20000000);
    waba = fixture_waba(&vendor, "106540352242922");
    ck_ok(kl_contact_upsert(fixture.handle, &vendor, "+16505551234", NULL, NULL, 0, &contact, &error));
    contact_id = kl_contact_id(contact);
}

static void close_vendor(void)
{
    kl_contact_free(contact);
    fixture_close();
}

static kl_event_page *read_feed(const char *consumer, int limit, int wait_ms)
{
    kl_error *error = NULL;
    kl_event_page *page = NULL;
    ck_ok(kl_event_read(fixture.handle, &vendor, consumer, limit, wait_ms, &page, &error));
    return page;
}

static void ack(const kl_event_page *page)
{
    kl_error *error = NULL;
    ck_ok(kl_event_ack(fixture.handle, &vendor, page, &error));
}

static void opt(bool out)
{
    kl_error *error = NULL;
    ck_ok((out ? kl_contact_opt_out : kl_contact_opt_in)(fixture.handle, &vendor, &contact_id, NULL, &error));
}

static int64_t number_of(const char *sql)
{
    char *text = harness_query_text(fixture.admin, sql);
    int64_t number = text ? atoll(text) : -1;
    free(text);
    return number;
}

static void begin(const char *consumer)
{
    kl_event_page *page = read_feed(consumer, 1, 0);
    ck_assert_uint_eq(kl_event_page_count(page), 0);
    kl_event_page_free(page);
}

/* Reads and acknowledges until there is nothing new; answers how many there were. */
static size_t drain(const char *consumer, int limit)
{
    size_t total = 0;
    for (;;) {
        kl_event_page *page = read_feed(consumer, limit, 0);
        size_t count = kl_event_page_count(page);
        ck_assert_uint_le(count, (size_t)limit);
        if (count)
            ack(page);
        kl_event_page_free(page);
        if (!count)
            return total;
        total += count;
    }
}

START_TEST(a_reader_is_told_what_happens_after_its_first_call_and_again_until_it_acknowledges)
{
    opt(true);
    begin("r");
    opt(false);
    opt(true);
    for (int turn = 0; turn < 3; turn++) {
        kl_event_page *page = read_feed("r", 10, 0);
        ck_assert_uint_eq(kl_event_page_count(page), 2);
        for (size_t i = 0; i < 2; i++) {
            const kl_event *event = kl_event_page_at(page, i);
            ck_assert_int_eq(kl_event_kind_of(event), KL_EVENT_CONSENT);
            ck_assert_int_eq(kl_event_state(event), i ? KL_OPT_OUT : KL_OPT_IN);
            ck_assert_mem_eq(kl_event_contact_id(event), &contact_id, sizeof contact_id);
            ck_assert_ptr_null(kl_event_message_id(event));
            ck_assert_ptr_null(kl_event_campaign_id(event));
            ck_assert_int_gt(kl_event_happened_at(event), 1700000000000000);
        }
        ck_assert_int_eq(kl_event_page_missed(page), 0);
        if (turn == 2)
            ack(page);
        kl_event_page_free(page);
    }
    ck_assert_uint_eq(drain("r", 10), 0);
    opt(false);
    ck_assert_uint_eq(drain("r", 10), 1);
}
END_TEST

START_TEST(readers_are_apart_and_a_page_is_acknowledged_once)
{
    kl_error *error = NULL;
    begin("a");
    begin("b");
    opt(true);
    ck_assert_uint_eq(drain("a", 1), 1);
    kl_event_page *first = read_feed("b", 10, 0), *second = read_feed("b", 10, 0);
    ack(first);
    ck_fails(KL_ERR_STATE, kl_event_ack(fixture.handle, &vendor, second, &error));
    ck_assert_uint_eq(drain("b", 10), 0);
    ck_ok(kl_event_forget(fixture.handle, &vendor, "b", &error));
    ck_fails(KL_ERR_STATE, kl_event_ack(fixture.handle, &vendor, first, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_event_forget(fixture.handle, &vendor, "b", &error));
    kl_event_page_free(first);
    kl_event_page_free(second);
}
END_TEST

/* A transaction that wrote its events long ago and commits late. */
START_TEST(what_commits_late_is_told_late_and_nothing_waits_for_it)
{
    char sql[400], id[KL_UUID_TEXT + 1];
    PGconn *late = PQconnectdb(fixture.admin);
    ck_assert_int_eq(PQstatus(late), CONNECTION_OK);
    begin("r");
    kl_uuid_format(&vendor, id);
    snprintf(sql, sizeof sql, "BEGIN; INSERT INTO kloyst.event (vendor_id, kind, subject) VALUES ('%s', 'ACCOUNT', 'late')", id);
    PQclear(PQexec(late, sql));
    for (int i = 0; i < 5; i++)
        opt(i % 2 == 0);
    ck_assert_uint_eq(drain("r", 2), 5);
    for (int i = 0; i < 3; i++)
        opt(i % 2 == 1);
    kl_event_page *page = read_feed("r", 2, 0); /* a window that is begun and not yet read to its end */
    ack(page);
    kl_event_page_free(page);
    PQclear(PQexec(late, "COMMIT"));
    page = read_feed("r", 10, 0);
    ck_assert_uint_eq(kl_event_page_count(page), 1);
    ck_assert_int_eq(kl_event_kind_of(kl_event_page_at(page, 0)), KL_EVENT_CONSENT);
    ack(page);
    kl_event_page_free(page);
    page = read_feed("r", 10, 0);
    ck_assert_uint_eq(kl_event_page_count(page), 1);
    ck_assert_str_eq(kl_event_subject(kl_event_page_at(page, 0)), "late");
    ack(page);
    kl_event_page_free(page);
    ck_assert_uint_eq(drain("r", 10), 0);
    PQfinish(late);
}
END_TEST

/* ---- many writers, one reader ------------------------------------------------ */

enum { WRITERS = 4, WRITES = 150 };

/* Transactions of random length, each with one event; `n` of it counts up for each writer. */
static void *write_events(void *context)
{
    int writer = *(const int *)context;
    unsigned seed = 7919u * (unsigned)writer + 1;
    char sql[400], id[KL_UUID_TEXT + 1];
    PGconn *c = PQconnectdb(fixture.admin);
    kl_uuid_format(&vendor, id);
    for (int i = 0; i < WRITES; i++) {
        PQclear(PQexec(c, "BEGIN"));
        snprintf(sql, sizeof sql, "INSERT INTO kloyst.event (vendor_id, kind, subject, detail) VALUES ('%s', 'ACCOUNT', '%d', '%d')",
                 id, writer, i);
        PQclear(PQexec(c, sql));
        struct timespec pause = {0, (long)(rand_r(&seed) % 5) * 1000000};
        nanosleep(&pause, NULL);
        PQclear(PQexec(c, rand_r(&seed) % 8 ? "COMMIT" : "ROLLBACK"));
    }
    PQfinish(c);
    return NULL;
}

START_TEST(beside_concurrent_writers_each_event_is_told_once_and_each_writers_in_order)
{
    pthread_t threads[WRITERS];
    int numbers[WRITERS], last[WRITERS];
    begin("r");
    for (int i = 0; i < WRITERS; i++) {
        numbers[i] = i;
        last[i] = -1;
        pthread_create(&threads[i], NULL, write_events, &numbers[i]);
    }
    int64_t told = 0;
    for (int quiet = 0; quiet < 5;) {
        kl_event_page *page = read_feed("r", 7, 100);
        for (size_t i = 0; i < kl_event_page_count(page); i++) {
            const kl_event *event = kl_event_page_at(page, i);
            int writer = atoi(kl_event_subject(event)), n = atoi(kl_event_detail(event));
            ck_assert_int_gt(n, last[writer]);
            last[writer] = n;
            told++;
        }
        quiet = kl_event_page_count(page) ? 0 : quiet + 1;
        ack(page);
        kl_event_page_free(page);
    }
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    told += (int64_t)drain("r", 7);
    char *written = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.event WHERE kind = 'ACCOUNT'");
    ck_assert_int_eq(told, atoi(written));
    ck_assert_int_gt(told, WRITERS * WRITES / 2);
    free(written);
}
END_TEST

/* ---- messages and campaigns -------------------------------------------------- */

START_TEST(messages_and_campaigns_tell_their_states_in_order)
{
    kl_error *error = NULL;
    enum { MESSAGES = 30 };
    int counts[8] = {0}, campaign_states = 0, campaign_state = 0, undeliverable = 0;
    fixture_contacts(&vendor, MESSAGES);
    begin("r");
    kl_uuid campaign = sent_campaign(&vendor, &waba, 8631);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
    sent_drain(&vendor, &campaign, 3); /* every third fails */
    for (;;) {
        kl_event_page *page = read_feed("r", 4, 0);
        for (size_t i = 0; i < kl_event_page_count(page); i++) {
            const kl_event *event = kl_event_page_at(page, i);
            int state = kl_event_state(event);
            if (kl_event_kind_of(event) == KL_EVENT_MESSAGE_STATE) {
                kl_message *message = NULL;
                ck_ok(kl_message_get(fixture.handle, &vendor, kl_event_message_id(event), &message, &error));
                ck_assert_int_eq(kl_message_status_of(message), state);
                kl_message_free(message);
                counts[state]++;
            } else if (kl_event_kind_of(event) == KL_EVENT_CONTACT) {
                ck_assert_str_eq(kl_event_detail(event), "undeliverable");
                undeliverable++;
            } else {
                ck_assert_int_eq(kl_event_kind_of(event), KL_EVENT_CAMPAIGN_STATE);
                ck_assert_mem_eq(kl_event_campaign_id(event), &campaign, sizeof campaign);
                campaign_state = state;
                campaign_states++;
            }
        }
        size_t count = kl_event_page_count(page);
        ack(page);
        kl_event_page_free(page);
        if (!count)
            break;
    }
    ck_assert_int_eq(counts[KL_MESSAGE_SENT] + counts[KL_MESSAGE_FAILED], MESSAGES + 1);
    ck_assert_int_gt(counts[KL_MESSAGE_FAILED], 0);
    ck_assert_int_eq(undeliverable, counts[KL_MESSAGE_FAILED]);
    ck_assert_int_ge(campaign_states, 2);
    ck_assert_int_eq(campaign_state, KL_CAMPAIGN_COMPLETED);
}
END_TEST

START_TEST(without_a_reader_messages_write_no_events)
{
    kl_error *error = NULL;
    fixture_contacts(&vendor, 5);
    kl_uuid campaign = sent_campaign(&vendor, &waba, 8631);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
    sent_drain(&vendor, &campaign, 100);
    char *count = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.event WHERE kind = 'MESSAGE_STATE'");
    ck_assert_str_eq(count, "0");
    free(count);
}
END_TEST

/* ---- waiting ------------------------------------------------------------------- */

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void *opt_later(void *notify)
{
    struct timespec pause = {0, 300000000};
    nanosleep(&pause, NULL);
    opt(true);
    if (notify)
        harness_exec(fixture.admin, notify);
    return NULL;
}

START_TEST(a_waiting_reader_is_woken_and_looks_again_even_when_nobody_wakes_it)
{
    static char notify[] = "NOTIFY kloyst_event";
    begin("r");
    for (int woken = 1; woken >= 0; woken--) {
        pthread_t thread;
        int64_t before = now_ms();
        pthread_create(&thread, NULL, opt_later, woken ? notify : NULL);
        kl_event_page *page = read_feed("r", 10, 30000);
        int64_t took = now_ms() - before;
        ck_assert_uint_eq(kl_event_page_count(page), 1);
        ck_assert_int_ge(took, 290);
        ck_assert_int_lt(took, 25000);
        ack(page);
        kl_event_page_free(page);
        pthread_join(thread, NULL);
        opt(false);
        ck_assert_uint_eq(drain("r", 10), 1);
    }
    int64_t before = now_ms();
    kl_event_page *page = read_feed("r", 10, 200);
    ck_assert_uint_eq(kl_event_page_count(page), 0);
    ck_assert_int_ge(now_ms() - before, 190);
    kl_event_page_free(page);
}
END_TEST

START_TEST(a_handle_of_one_connection_can_read)
{
    kl_error *error = NULL;
    kl_options options = KL_OPTIONS_INIT;
    options.pool_size = 1;
    options.wait_timeout_ms = 1000;
    kl *handle = fixture_handle(&options);
    kl_event_page *page = NULL;
    ck_ok(kl_event_read(handle, &vendor, "r", 10, 0, &page, &error));
    kl_event_page_free(page);
    opt(true);
    ck_ok(kl_event_read(handle, &vendor, "r", 10, 0, &page, &error));
    ck_assert_uint_eq(kl_event_page_count(page), 1);
    ck_ok(kl_event_ack(handle, &vendor, page, &error));
    kl_event_page_free(page);
    /* The window ends here, and the reader goes on behind it. */
    opt(false);
    ck_ok(kl_event_read(handle, &vendor, "r", 10, 0, &page, &error));
    ck_assert_uint_eq(kl_event_page_count(page), 1);
    kl_event_page_free(page);
    kl_close(handle);
    kl_free(handle);
}
END_TEST

/* ---- removal ------------------------------------------------------------------- */

START_TEST(old_events_go_and_whoever_had_not_read_them_is_told)
{
    kl_error *error = NULL;
    int64_t removed = -1;
    begin("reads");
    begin("sleeps");
    for (int i = 0; i < 5; i++)
        opt(i % 2 == 0);
    ck_assert_uint_eq(drain("reads", 2), 5);
    ck_ok(kl_event_remove_old(fixture.handle, 60, &removed, &error));
    ck_assert_int_eq(removed, 0);
    harness_exec(fixture.admin, "UPDATE kloyst.event SET at = at - interval '1 hour'");
    opt(false);
    ck_ok(kl_event_remove_old(fixture.handle, 60, &removed, &error));
    ck_assert_int_eq(removed, 5);
    kl_event_page *page = read_feed("reads", 10, 0);
    ck_assert_uint_eq(kl_event_page_count(page), 1);
    ck_assert_int_eq(kl_event_page_missed(page), 0);
    kl_event_page_free(page);
    page = read_feed("sleeps", 10, 0);
    ck_assert_uint_eq(kl_event_page_count(page), 1);
    ck_assert_int_eq(kl_event_page_missed(page), 1);
    ack(page);
    kl_event_page_free(page);
    page = read_feed("sleeps", 10, 0);
    ck_assert_int_eq(kl_event_page_missed(page), 0);
    kl_event_page_free(page);
}
END_TEST

/* Stops the worker when both are gone, or after a minute. */
static int enough_removed(void *context, const kl_worker_report *so_far)
{
    static int calls;
    (void)context;
    (void)so_far;
    return ++calls > 300 || number_of("SELECT (SELECT count(*) FROM kloyst.webhook_inbox) + "
                                      "(SELECT count(*) FROM kloyst.event WHERE at < now() - interval '7 days')") == 1;
}

START_TEST(a_worker_that_is_told_to_removes_what_is_old)
{
    kl_error *error = NULL;
    kl_worker *worker = NULL;
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    opt(true);
    opt(false);
    harness_exec(fixture.admin, "INSERT INTO kloyst.webhook_inbox (body, received_at, folded_at) "
                                "SELECT '{}', t, t FROM unnest(ARRAY[now(), now() - interval '8 days']) AS t; "
                                "UPDATE kloyst.event SET at = at - interval '8 days' WHERE id = (SELECT min(id::text)::uuid FROM kloyst.event)");
    int64_t events = number_of("SELECT count(*) FROM kloyst.event");
    options.until_idle = 0;
    options.retain_days = 7;
    options.progress = enough_removed;
    ck_ok(kl_worker_new(fixture.handle, &options, &worker, &error));
    ck_ok(kl_worker_run(worker, NULL, &error));
    kl_worker_free(worker);
    ck_assert_int_eq(number_of("SELECT count(*) FROM kloyst.webhook_inbox"), 1);
    ck_assert_int_eq(number_of("SELECT count(*) FROM kloyst.event"), events - 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("event");
    TCase *test_case = tcase_create("event");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_vendor, close_vendor);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, a_reader_is_told_what_happens_after_its_first_call_and_again_until_it_acknowledges);
    tcase_add_test(test_case, readers_are_apart_and_a_page_is_acknowledged_once);
    tcase_add_test(test_case, what_commits_late_is_told_late_and_nothing_waits_for_it);
    tcase_add_test(test_case, beside_concurrent_writers_each_event_is_told_once_and_each_writers_in_order);
    tcase_add_test(test_case, messages_and_campaigns_tell_their_states_in_order);
    tcase_add_test(test_case, without_a_reader_messages_write_no_events);
    tcase_add_test(test_case, a_waiting_reader_is_woken_and_looks_again_even_when_nobody_wakes_it);
    tcase_add_test(test_case, a_handle_of_one_connection_can_read);
    tcase_add_test(test_case, old_events_go_and_whoever_had_not_read_them_is_told);
    tcase_add_test(test_case, a_worker_that_is_told_to_removes_what_is_old);
    suite_add_tcase(suite, test_case);
    return suite_run(suite);
}
