/* Folding by several at once, beside results of sends, and by processes that die. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/handle.h"
#include "crypto/tracker.h"
#include "harness/deliver.h"
#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "repo/inbox.h"

#define PHONE "106540352242922"
#define OTHER_PHONE "7794189252778687"
static const kl_money price = 8631, opening = 20000000;

static kl_uuid vendor, campaign;
static kl_batch *batch;

static void open_campaign(void)
{
    fixture_open();
    deliver_open();
    vendor = fixture_vendor("Acme", opening);
    kl_uuid waba = fixture_waba(&vendor, PHONE);
    batch = deliver_started(&vendor, &waba, 150, price, &campaign);
}

static void close_campaign(void)
{
    kl_batch_free(batch);
    deliver_close();
    fixture_close();
}

static void refunded(int messages)
{
    ck_assert_int_eq(proven_balance(&vendor), opening - (kl_money)kl_batch_count(batch) * price + messages * price);
}

typedef struct folder {
    pthread_t thread;
    kl *handle;
    kl_fold_report report;
    kl_status status;
} folder;

static void *run_folder(void *context)
{
    folder *f = context;
    kl_fold_report report = {.bodies = 1};
    while (report.bodies && !f->status) {
        f->status = kl_webhook_fold(f->handle, 7, &report, NULL);
        f->report.bodies += report.bodies;
        f->report.refunded += report.refunded;
        f->report.statuses += report.statuses;
    }
    return NULL;
}

START_TEST(two_folders_share_an_inbox_without_a_deadlock_or_a_second_refund)
{
    buffer items = BUFFER_INIT;
    folder folders[2] = {0};
    for (size_t body = 0; body < 120; body++) {
        for (size_t n = 0; n < 30; n++) /* every body fails messages that others fail too, in another order */
            put_status_of(&items, batch, body % 2 ? (body + n * 7) % 150 : (body + (29 - n) * 7) % 150, report_of("fsdf"[n % 4]));
        deliver(PHONE, "statuses", &items);
    }
    for (int i = 0; i < 2; i++) {
        folders[i].handle = fixture_handle(NULL);
        ck_assert_int_eq(pthread_create(&folders[i].thread, NULL, run_folder, &folders[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(folders[i].thread, NULL);
        ck_assert_int_eq(folders[i].status, KL_OK);
        kl_close(folders[i].handle);
        kl_free(folders[i].handle);
    }
    ck_assert_int_eq(folders[0].report.bodies + folders[1].report.bodies, 120);
    ck_assert_int_eq(folders[0].report.statuses + folders[1].report.statuses, 120 * 30);
    ck_assert_int_eq(folders[0].report.refunded + folders[1].report.refunded, 150);
    refunded(150);
    ask("SELECT count(*) FROM kloyst.message_refund", "150");
    buffer_free(&items);
}
END_TEST

static void *run_sender(void *context)
{
    folder *f = context;
    char wamid[40];
    for (size_t i = 0; i < 150 && !f->status; i++) {
        snprintf(wamid, sizeof wamid, "wamid.%zu", i);
        kl_send_result result = {i, i % 5 ? KL_SEND_ACCEPTED : KL_SEND_FAILED, wamid, i % 5 ? 0 : 131026, NULL, 0};
        f->status = kl_batch_complete(fixture.handle, batch, &result, 1, NULL);
    }
    return NULL;
}

START_TEST(results_and_reports_of_the_same_messages_at_the_same_time_agree)
{
    buffer items = BUFFER_INIT;
    folder sender = {0}, reader = {.handle = fixture_handle(NULL)};
    for (size_t i = 0; i < 150; i++) {
        put_status_of(&items, batch, i, report_of(i % 5 ? 's' : 'f'));
        deliver(PHONE, "statuses", &items);
    }
    pthread_create(&sender.thread, NULL, run_sender, &sender);
    pthread_create(&reader.thread, NULL, run_folder, &reader);
    pthread_join(sender.thread, NULL);
    pthread_join(reader.thread, NULL);
    ck_assert_int_eq(sender.status, KL_OK);
    ck_assert_int_eq(reader.status, KL_OK);
    ask("SELECT count(*) FROM kloyst.webhook_set_aside", "0");
    ask("SELECT count(*) || ' ' || count(wa_message_id) FROM kloyst.message_log", "150 150");
    refunded(30);
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.sent, 120);
    ck_assert_int_eq(stats.failed, 30);
    kl_close(reader.handle);
    kl_free(reader.handle);
    buffer_free(&items);
}
END_TEST

typedef struct writer {
    pthread_t thread;
    pthread_barrier_t *barrier;
    kl *handle;
    kl_status status;
} writer;

/* Both writers insert the same row at the same moment, again and again. */
static void *run_writer(void *context)
{
    writer *w = context;
    for (size_t i = 0; i < 150; i++) {
        kl_error *error = NULL;
        char wamid[40];
        snprintf(wamid, sizeof wamid, "wamid.%zu", i);
        record_event happened = {kl_batch_message_id(batch, i), wamid, KL_MESSAGE_SENT, start * 1000000, 0, NULL};
        inbox_change change = {.events = &happened, .event_count = 1};
        inbox_outcome outcome;
        pthread_barrier_wait(w->barrier);
        kl_status status = inbox_apply(w->handle->pool, &vendor, &change, &outcome, &error);
        if (status)
            w->status = status;
        kl_error_free(error);
    }
    return NULL;
}

START_TEST(two_writers_of_a_row_that_is_not_there_yet_never_stumble_over_its_wamid)
{
    pthread_barrier_t barrier;
    writer writers[2];
    pthread_barrier_init(&barrier, NULL, 2);
    for (int i = 0; i < 2; i++)
        writers[i] = (writer){.barrier = &barrier, .handle = fixture_handle(NULL)};
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 2; i++)
            pthread_create(&writers[i].thread, NULL, run_writer, &writers[i]);
        for (int i = 0; i < 2; i++)
            pthread_join(writers[i].thread, NULL);
        ck_assert_int_eq(writers[0].status, KL_OK);
        ck_assert_int_eq(writers[1].status, KL_OK);
        harness_exec(fixture.admin, "DELETE FROM kloyst.message_log; UPDATE kloyst.batch SET sent = 0, accepted = 0");
    }
    for (int i = 0; i < 2; i++) {
        kl_close(writers[i].handle);
        kl_free(writers[i].handle);
    }
    pthread_barrier_destroy(&barrier);
}
END_TEST

/* Ends the server process of whoever does this to that table. */
static void plant_death(const char *table, const char *when)
{
    char sql[900];
    snprintf(sql, sizeof sql,
             "CREATE FUNCTION public.die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
             "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END $$;"
             "CREATE TRIGGER die AFTER %s ON kloyst.%s FOR EACH ROW EXECUTE FUNCTION public.die()",
             when, table);
    harness_exec(fixture.admin, sql);
}

static void killed_then_folded_again(const char *table, const char *when)
{
    kl_error *error = NULL;
    kl_fold_report report;
    kl_uuid other = fixture_vendor("Other", opening), other_campaign;
    kl_uuid waba = fixture_waba(&other, OTHER_PHONE);
    kl_batch *other_batch = deliver_started(&other, &waba, 5, price, &other_campaign);
    kl_uuid theirs = kl_batch_message_id(other_batch, 0);
    buffer items = BUFFER_INIT;
    for (size_t i = 0; i < 20; i++)
        put_status_of(&items, batch, i, report_of(i % 2 ? 'd' : 'f'));
    deliver(PHONE, "statuses", &items);
    deliver_status(OTHER_PHONE, "wamid.T", 'f', tracker_of(&other, &theirs));
    deliver_message(PHONE, "4915112345678", "wamid.IN", NULL);
    plant_death(table, when);
    ck_fails(KL_ERR_CONNECTION_LOST, kl_webhook_fold(fixture.handle, 10000, &report, &error));
    ask("SELECT count(*) FROM kloyst.webhook_inbox WHERE folded_at IS NULL", "3");
    harness_exec(fixture.admin, "DROP FUNCTION public.die CASCADE");
    report = fold_all();
    ck_assert_int_eq(report.bodies, 3);
    ck_assert_int_eq(report.statuses, 21);
    ck_assert_int_eq(report.set_aside, 0);
    refunded(10);
    ck_assert_int_eq(proven_balance(&other), opening - 4 * price);
    ask("SELECT count(*) FROM kloyst.message_log", "22");
    ask("SELECT count(*) FROM kloyst.webhook_inbox WHERE folded_at IS NULL", "0");
    kl_batch_free(other_batch);
    buffer_free(&items);
}

START_TEST(a_folder_killed_while_it_refunds_leaves_nothing_half_done)
{
    killed_then_folded_again("message_refund", "INSERT");
}
END_TEST

START_TEST(a_folder_killed_before_it_marks_the_bodies_does_no_harm)
{
    killed_then_folded_again("webhook_inbox", "UPDATE OF folded_at");
}
END_TEST

START_TEST(a_leased_body_is_left_alone_until_its_lease_runs_out)
{
    kl_error *error = NULL;
    kl_fold_report report;
    for (size_t i = 0; i < 5; i++)
        deliver_message(PHONE, "4915112345678", (char[]){'w', (char)('0' + i), '\0'}, NULL);
    harness_exec(fixture.admin, "UPDATE kloyst.webhook_inbox SET leased_until = now() + interval '1 hour' "
                                "WHERE id = (SELECT min(id) FROM kloyst.webhook_inbox)");
    ck_ok(kl_webhook_fold(fixture.handle, 3, &report, &error));
    ck_assert_int_eq(report.bodies, 3);
    ck_assert_int_eq(fold_all().bodies, 1);
    ck_assert_int_eq(fold_all().bodies, 0);
    harness_exec(fixture.admin, "UPDATE kloyst.webhook_inbox SET leased_until = now() - interval '1 second'");
    ck_assert_int_eq(fold_all().inbound, 1);
}
END_TEST

START_TEST(one_vendor_who_is_held_up_does_not_hold_up_the_others)
{
    kl_error *error = NULL;
    kl_fold_report report;
    kl_uuid other = fixture_vendor("Other", opening), id = kl_batch_message_id(batch, 0);
    fixture_waba(&other, OTHER_PHONE);
    deliver_status(PHONE, "wamid.0", 'f', tracker_of(&vendor, &id));
    deliver_message(OTHER_PHONE, "4915112345678", "wamid.IN", NULL);
    /* Cancelled as by a time-out of the statement, but of this statement alone, however slow the machine is. */
    harness_exec(fixture.admin,
                 "CREATE FUNCTION public.held_up() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
                 "$$ BEGIN PERFORM pg_cancel_backend(pg_backend_pid()); PERFORM pg_sleep(60); RETURN NEW; END $$;"
                 "CREATE TRIGGER held_up BEFORE UPDATE ON kloyst.wallet FOR EACH ROW EXECUTE FUNCTION public.held_up()");
    ck_fails(KL_ERR_TIMEOUT, kl_webhook_fold(fixture.handle, 100, &report, &error));
    ck_assert_int_eq(report.inbound, 1);
    ck_assert_int_eq(report.bodies, 1);
    ask("SELECT count(*) FROM kloyst.webhook_inbox WHERE folded_at IS NULL AND leased_until > now()", "1");
    harness_exec(fixture.admin,
                 "DROP FUNCTION public.held_up CASCADE; UPDATE kloyst.webhook_inbox SET leased_until = NULL");
    ck_assert_int_eq(fold_all().refunded, 1);
}
END_TEST

START_TEST(without_a_master_key_nothing_is_folded)
{
    kl_error *error = NULL;
    kl_fold_report report;
    kl_options options = KL_OPTIONS_INIT;
    kl *handle = fixture_handle(&options);
    kl_uuid id = kl_batch_message_id(batch, 0);
    deliver_status(PHONE, "wamid.0", 'd', tracker_of(&vendor, &id));
    ck_fails(KL_ERR_KEY, kl_webhook_fold(handle, 10, &report, &error));
    ck_assert_int_eq(fold_all().statuses, 1);
    kl_close(handle);
    kl_free(handle);
}
END_TEST

static TCase *campaign_case(void)
{
    TCase *test_case = tcase_create("fold_race");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_campaign, close_campaign);
    tcase_set_timeout(test_case, 60);
    return test_case;
}

static Suite *make_suite(void)
{
    Suite *suite = suite_create("fold_race");
    TCase *test_case = campaign_case();
    tcase_add_test(test_case, two_folders_share_an_inbox_without_a_deadlock_or_a_second_refund);
    tcase_add_test(test_case, results_and_reports_of_the_same_messages_at_the_same_time_agree);
    tcase_add_test(test_case, two_writers_of_a_row_that_is_not_there_yet_never_stumble_over_its_wamid);
    tcase_add_test(test_case, a_folder_killed_while_it_refunds_leaves_nothing_half_done);
    tcase_add_test(test_case, a_folder_killed_before_it_marks_the_bodies_does_no_harm);
    tcase_add_test(test_case, a_leased_body_is_left_alone_until_its_lease_runs_out);
    tcase_add_test(test_case, one_vendor_who_is_held_up_does_not_hold_up_the_others);
    tcase_add_test(test_case, without_a_master_key_nothing_is_folded);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
