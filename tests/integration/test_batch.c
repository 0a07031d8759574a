/* Batches: paid once when leased, resumed after a crash without sending twice, refunded once, completing the campaign. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"

static kl_uuid vendor, waba, campaign;
static const kl_money price = 8631;

static void open_campaign(void)
{
    kl_error *error = NULL;
    fixture_open();
    vendor = fixture_vendor("Acme", 20000000);
    waba = fixture_waba(&vendor, "106540352242922");
    fixture_contacts(&vendor, 1200);
    campaign = sent_campaign(&vendor, &waba, price);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
}

static kl_batch *claim(int lease_ms)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    ck_ok(kl_batch_claim(fixture.handle, &vendor, &campaign, lease_ms, &batch, &error));
    return batch;
}

static void verified(void)
{
    kl_error *error = NULL;
    ck_ok(kl_wallet_verify(fixture.handle, &vendor, NULL, &error));
}

static void expire_leases(void)
{
    harness_exec(fixture.admin, "UPDATE kloyst.batch SET leased_until = now() - interval '1 second' WHERE status = 'LEASED'");
}

START_TEST(a_claim_leases_and_pays_in_one_ledger_row)
{
    kl_error *error = NULL;
    kl_batch *batch = claim(60000);
    ck_assert_uint_eq(kl_batch_count(batch), 500);
    ck_assert_int_eq(kl_batch_no(batch), 0);
    kl_transaction_page *page = NULL;
    ck_ok(kl_wallet_statement(fixture.handle, &vendor, 1, 10, &page, &error));
    ck_assert_uint_eq(kl_transaction_page_count(page), 1);
    const kl_transaction *debit = kl_transaction_page_at(page, 0);
    ck_assert_int_eq(kl_transaction_type_of(debit), KL_DEBIT_MESSAGE);
    ck_assert_int_eq(kl_transaction_amount(debit), 500 * price);
    ck_assert_int_eq(kl_transaction_balance_after(debit), 20000000 - 500 * price);
    ck_assert_int_eq(kl_transaction_batch_no(debit), 0);
    ck_assert_mem_eq(kl_transaction_campaign_id(debit), &campaign, sizeof campaign);
    kl_transaction_page_free(page);
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.held, 700 * price);
    ck_assert_int_eq(stats.debited, 500 * price);
    kl_campaign *read = NULL;
    ck_ok(kl_campaign_get(fixture.handle, &vendor, &campaign, &read, &error));
    ck_assert_int_eq(kl_campaign_status_of(read), KL_CAMPAIGN_PROCESSING);
    kl_campaign_free(read);
    kl_batch_free(batch);
    verified();
}
END_TEST

START_TEST(a_body_is_what_meta_wants)
{
    kl_batch *batch = claim(60000);
    const char *body = kl_batch_body(batch, 3);
    char to[40];
    snprintf(to, sizeof to, "\"to\":\"+%s\"", kl_batch_mobile(batch, 3));
    ck_assert_ptr_nonnull(strstr(body, to));
    ck_assert_ptr_nonnull(strstr(body, "\"name\":\"diwali_offer\""));
    ck_assert_ptr_nonnull(strstr(body, "\"code\":\"en_US\""));
    ck_assert_ptr_nonnull(strstr(body, "\"text\":\"Name 3\""));
    ck_assert_ptr_nonnull(strstr(body, "\"biz_opaque_callback_data\":\"k1."));
    ck_assert_str_eq(kl_batch_body(batch, 500), "");
    ck_assert_str_eq(kl_batch_mobile(batch, 500), "");
    kl_batch_free(batch);
}
END_TEST

START_TEST(the_last_batch_completes_the_campaign_and_the_sums_hold)
{
    kl_error *error = NULL;
    ck_assert_int_eq(sent_drain(&vendor, &campaign, 10), 3);
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.failed, 120);
    ck_assert_int_eq(stats.sent, 1080);
    ck_assert_int_eq(stats.accepted, 1080);
    ck_assert_int_eq(stats.waiting, 0);
    ck_assert_int_eq(stats.held, 0);
    ck_assert_int_eq(stats.debited, 1200 * price);
    ck_assert_int_eq(stats.refunded, 120 * price);
    kl_campaign *read = NULL;
    ck_ok(kl_campaign_get(fixture.handle, &vendor, &campaign, &read, &error));
    ck_assert_int_eq(kl_campaign_status_of(read), KL_CAMPAIGN_COMPLETED);
    ck_assert_int_gt(kl_campaign_completed_at(read), 0);
    kl_campaign_free(read);
    char *lanes = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.lane");
    ck_assert_str_eq(lanes, "0");
    free(lanes);
    verified();
}
END_TEST

START_TEST(results_stored_again_refund_nothing_more)
{
    kl_batch *batch = claim(60000);
    sent_complete(batch, 0, 500, 10);
    sent_complete(batch, 0, 500, 10);
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.refunded, 50 * price);
    ck_assert_int_eq(stats.failed, 50);
    kl_batch_free(batch);
    verified();
}
END_TEST

static void count_is(const char *expected, const char *sql)
{
    char *count = harness_query_text(fixture.admin, sql);
    ck_assert_str_eq(count, expected);
    free(count);
}

START_TEST(accepted_messages_stand_in_the_log_as_their_recipients_do)
{
    kl_error *error = NULL;
    kl_event_page *page = NULL;
    ck_ok(kl_event_read(fixture.handle, &vendor, "program", 10, 0, &page, &error)); /* from now on the feed is kept */
    kl_event_page_free(page);
    harness_exec(fixture.admin, "UPDATE kloyst.recipient SET contact_id = NULL, price = 0.0007 WHERE mobile LIKE '%7'");
    kl_batch *batch = claim(60000);
    sent_complete(batch, 0, 100, 0);
    sent_complete(batch, 100, 500, 0);
    kl_batch_free(batch);
    ck_assert_int_eq(sent_drain(&vendor, &campaign, 0), 2);
    count_is("1200", "SELECT count(*) FROM kloyst.message_log l JOIN kloyst.recipient r USING (vendor_id, id)"
                     " WHERE l.campaign_id = r.campaign_id AND l.batch_no = r.batch_no AND l.mobile = r.mobile AND l.price = r.price"
                     " AND l.contact_id IS NOT DISTINCT FROM r.contact_id AND l.wa_message_id = 'wamid.TEST.' || r.mobile"
                     " AND l.status = 'SENT' AND l.direction = 'OUTBOUND' AND l.sent_at IS NOT NULL AND l.error_code IS NULL"
                     " AND l.delivered_at IS NULL AND l.read_at IS NULL AND l.failed_at IS NULL");
    count_is("1200", "SELECT count(DISTINCT x.id) FROM kloyst.event, unnest(message_ids, states) AS x (id, state) WHERE state = 2");
    count_is("0", "SELECT count(*) FROM kloyst.batch WHERE lease_token IS NOT NULL OR status <> 'COMPLETED'");
    count_is("0", "SELECT count(*) FROM kloyst.lane");
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.sent, 1200);
    ck_assert_int_eq(stats.accepted, 1200);
    ck_assert_int_eq(stats.held, 0);
    verified();
}
END_TEST

START_TEST(acceptances_merge_with_what_is_known_of_their_messages)
{
    kl_error *error = NULL;
    kl_batch *batch = claim(60000);
    ck_ok(kl_batch_start(fixture.handle, batch, 500, &error));
    const kl_send_result known[] = {{3, KL_SEND_UNKNOWN, NULL, 0, NULL, 0}, {4, KL_SEND_FAILED, NULL, 131026, NULL, 0}};
    ck_ok(kl_batch_complete(fixture.handle, batch, known, 2, &error));
    sent_complete(batch, 0, 2, 0); /* of these nothing is known */
    for (int i = 0; i < 2; i++) {
        sent_complete(batch, 0, 500, 0);
        kl_campaign_stats stats = sent_stats(&vendor, &campaign);
        ck_assert_int_eq(stats.sent, 499);
        ck_assert_int_eq(stats.failed, 1);
        ck_assert_int_eq(stats.accepted, 500);
        ck_assert_int_eq(stats.unknown, 0);
        count_is("500", "SELECT count(*) FROM kloyst.message_log WHERE wa_message_id = 'wamid.TEST.' || mobile");
        count_is("1", "SELECT count(*) FROM kloyst.batch WHERE status = 'COMPLETED' AND sent = 499 AND failed = 1 AND unknown = 0");
    }
    kl_batch_free(batch);
    verified();
}
END_TEST

START_TEST(acceptances_come_in_any_order_and_more_than_once)
{
    kl_error *error = NULL;
    kl_batch *batch = claim(60000);
    static kl_send_result results[500];
    static char wamids[500][48];
    ck_ok(kl_batch_start(fixture.handle, batch, 500, &error));
    for (size_t i = 0; i < 500; i++) {
        size_t index = (i * 7 + 3) % 500;
        snprintf(wamids[i], sizeof wamids[i], "wamid.TEST.%s", kl_batch_mobile(batch, index));
        results[i] = (kl_send_result){index, KL_SEND_ACCEPTED, wamids[i], 0, NULL, 0};
    }
    ck_ok(kl_batch_complete(fixture.handle, batch, results, 200, &error));
    count_is("200", "SELECT count(*) FROM kloyst.message_log WHERE wa_message_id = 'wamid.TEST.' || mobile");
    /* Twice in a call, under two names: once in the log, under the one that comes first whichever was said first. */
    kl_send_result twice[] = {results[200], results[201], results[200]};
    twice[0].wa_message_id = "wamid.TEST.later";
    ck_ok(kl_batch_complete(fixture.handle, batch, twice, 3, &error));
    count_is("202", "SELECT count(*) FROM kloyst.message_log WHERE wa_message_id = 'wamid.TEST.' || mobile");
    ck_ok(kl_batch_complete(fixture.handle, batch, results + 202, 298, &error));
    count_is("500", "SELECT count(*) FROM kloyst.message_log WHERE wa_message_id = 'wamid.TEST.' || mobile");
    count_is("1", "SELECT count(*) FROM kloyst.batch WHERE status = 'COMPLETED' AND sent = 500 AND accepted = 500");
    kl_batch_free(batch);
    verified();
}
END_TEST

START_TEST(a_crashed_workers_batch_is_resumed_without_what_was_started)
{
    kl_error *error = NULL;
    kl_batch *crashed = claim(60000);
    sent_complete(crashed, 0, 100, 0);
    ck_ok(kl_batch_start(fixture.handle, crashed, 150, &error)); /* 100 … 149 may have left */
    expire_leases();
    kl_batch *resumed = claim(60000);
    ck_assert_int_eq(kl_batch_no(resumed), 0);
    ck_assert_uint_eq(kl_batch_count(resumed), 350);
    kl_uuid first = kl_batch_message_id(resumed, 0), expected = kl_batch_message_id(crashed, 150);
    ck_assert_mem_eq(&first, &expected, sizeof first);
    ck_assert_str_eq(kl_batch_mobile(resumed, 0), kl_batch_mobile(crashed, 150));
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.sent, 100);
    ck_assert_int_eq(stats.unknown, 50);
    ck_assert_int_eq(stats.debited, 500 * price); /* not paid twice */
    ck_fails(KL_ERR_LEASE_LOST, kl_batch_start(fixture.handle, crashed, 200, &error));
    ck_fails(KL_ERR_LEASE_LOST, kl_batch_renew(fixture.handle, crashed, 60000, &error));
    ck_fails(KL_ERR_LEASE_LOST, kl_batch_release(fixture.handle, crashed, &error));
    sent_complete(resumed, 0, 350, 0);
    /* The slow worker was alive after all: what it knows settles the unknown ones. */
    kl_send_result late[2] = {{120, KL_SEND_ACCEPTED, "wamid.LATE", 0, NULL, 0}, {121, KL_SEND_FAILED, NULL, 131026, "no", 0}};
    ck_ok(kl_batch_complete(fixture.handle, crashed, late, 2, &error));
    stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.unknown, 48);
    ck_assert_int_eq(stats.sent, 451);
    ck_assert_int_eq(stats.failed, 1);
    ck_assert_int_eq(stats.refunded, price);
    kl_batch_free(crashed);
    kl_batch_free(resumed);
    verified();
}
END_TEST

static kl_campaign_status status_of_campaign(void)
{
    kl_error *error = NULL;
    kl_campaign *read = NULL;
    ck_ok(kl_campaign_get(fixture.handle, &vendor, &campaign, &read, &error));
    kl_campaign_status status = kl_campaign_status_of(read);
    kl_campaign_free(read);
    return status;
}

START_TEST(a_campaign_is_completed_exactly_when_the_last_unknown_message_is_settled)
{
    kl_error *error = NULL;
    kl_batch *crashed[3];
    for (int i = 0; i < 3; i++) {
        crashed[i] = claim(60000);
        ck_ok(kl_batch_start(fixture.handle, crashed[i], kl_batch_count(crashed[i]), &error));
    }
    expire_leases();
    kl_batch *none = NULL;
    ck_fails(KL_ERR_EMPTY, kl_batch_claim(fixture.handle, &vendor, &campaign, 60000, &none, &error));
    ck_assert_int_eq(sent_stats(&vendor, &campaign).unknown, 1200);
    char *settling = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.batch WHERE status = 'SETTLING' AND "
                                                       "lease_token IS NULL");
    ck_assert_str_eq(settling, "3");
    free(settling);
    for (int i = 0; i < 3; i++) {
        size_t count = kl_batch_count(crashed[i]);
        for (size_t m = 0; m < count; m += 100) {
            ck_assert_int_eq(status_of_campaign(), KL_CAMPAIGN_PROCESSING);
            sent_complete(crashed[i], m, m + 100, 7);
        }
        kl_batch_free(crashed[i]);
    }
    ck_assert_int_eq(status_of_campaign(), KL_CAMPAIGN_COMPLETED);
    ck_assert_int_eq(sent_stats(&vendor, &campaign).held, 0);
    verified();
}
END_TEST

START_TEST(a_released_batch_is_claimable_at_once)
{
    kl_error *error = NULL;
    kl_batch *batch = claim(3600000);
    sent_complete(batch, 0, 10, 0);
    ck_ok(kl_batch_release(fixture.handle, batch, &error));
    kl_batch *again = claim(60000);
    ck_assert_int_eq(kl_batch_no(again), 0);
    ck_assert_uint_eq(kl_batch_count(again), 490);
    kl_batch_free(batch);
    kl_batch_free(again);
}
END_TEST

START_TEST(results_that_make_no_sense_are_refused_and_store_nothing)
{
    kl_error *error = NULL;
    kl_batch *batch = claim(60000);
    ck_ok(kl_batch_start(fixture.handle, batch, 10, &error));
    kl_send_result good = {0, KL_SEND_ACCEPTED, "wamid.A", 0, NULL, 0};
    kl_send_result bad[2] = {good, {10, KL_SEND_ACCEPTED, "wamid.B", 0, NULL, 0}};
    ck_fails(KL_ERR_ARGUMENT, kl_batch_complete(fixture.handle, batch, bad, 2, &error));
    bad[1] = (kl_send_result){1, KL_SEND_ACCEPTED, NULL, 0, NULL, 0};
    ck_fails(KL_ERR_ARGUMENT, kl_batch_complete(fixture.handle, batch, bad, 2, &error));
    bad[1] = (kl_send_result){1, (kl_send_outcome)9, "x", 0, NULL, 0};
    ck_fails(KL_ERR_ARGUMENT, kl_batch_complete(fixture.handle, batch, bad, 2, &error));
    bad[1] = (kl_send_result){1, KL_SEND_ACCEPTED, "\xff", 0, NULL, 0};
    ck_fails(KL_ERR_ENCODING, kl_batch_complete(fixture.handle, batch, bad, 2, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_batch_complete(fixture.handle, batch, NULL, 2, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_batch_start(fixture.handle, batch, 501, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_batch_renew(fixture.handle, batch, 1, &error));
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.waiting, 1200);
    ck_ok(kl_batch_complete(fixture.handle, batch, NULL, 0, &error));
    kl_batch_free(batch);
}
END_TEST

START_TEST(another_vendors_campaign_cannot_be_claimed)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    kl_uuid other = fixture_vendor("Other", 1000), none;
    kl_uuid_generate(&none);
    ck_fails(KL_ERR_NOT_FOUND, kl_batch_claim(fixture.handle, &other, &campaign, 60000, &batch, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_batch_claim(fixture.handle, &other, &none, 60000, &batch, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_batch_claim(fixture.handle, &vendor, &campaign, 999, &batch, &error));
    kl_uuid draft = sent_campaign(&vendor, &waba, 1);
    ck_fails(KL_ERR_STATE, kl_batch_claim(fixture.handle, &vendor, &draft, 60000, &batch, &error));
    ck_assert_ptr_null(batch);
}
END_TEST

static void *drain_thread(void *fail_every)
{
    return (void *)(intptr_t)sent_drain(&vendor, &campaign, (int)(intptr_t)fail_every);
}

START_TEST(four_workers_share_a_campaign_and_the_last_one_completes_it)
{
    kl_error *error = NULL;
    pthread_t threads[4];
    intptr_t batches = 0;
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, drain_thread, (void *)(intptr_t)7), 0);
    for (int i = 0; i < 4; i++) {
        void *own;
        pthread_join(threads[i], &own);
        batches += (intptr_t)own;
    }
    ck_assert_int_eq(batches, 3);
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.sent + stats.failed, 1200);
    ck_assert_int_eq(stats.refunded, stats.failed * price);
    kl_campaign *read = NULL;
    ck_ok(kl_campaign_get(fixture.handle, &vendor, &campaign, &read, &error));
    ck_assert_int_eq(kl_campaign_status_of(read), KL_CAMPAIGN_COMPLETED);
    kl_campaign_free(read);
    verified();
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("batch");
    TCase *test_case = tcase_create("batch");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_campaign, fixture_close);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, a_claim_leases_and_pays_in_one_ledger_row);
    tcase_add_test(test_case, a_body_is_what_meta_wants);
    tcase_add_test(test_case, the_last_batch_completes_the_campaign_and_the_sums_hold);
    tcase_add_test(test_case, results_stored_again_refund_nothing_more);
    tcase_add_test(test_case, accepted_messages_stand_in_the_log_as_their_recipients_do);
    tcase_add_test(test_case, acceptances_merge_with_what_is_known_of_their_messages);
    tcase_add_test(test_case, acceptances_come_in_any_order_and_more_than_once);
    tcase_add_test(test_case, a_crashed_workers_batch_is_resumed_without_what_was_started);
    tcase_add_test(test_case, a_campaign_is_completed_exactly_when_the_last_unknown_message_is_settled);
    tcase_add_test(test_case, a_released_batch_is_claimable_at_once);
    tcase_add_test(test_case, results_that_make_no_sense_are_refused_and_store_nothing);
    tcase_add_test(test_case, another_vendors_campaign_cannot_be_claimed);
    tcase_add_test(test_case, four_workers_share_a_campaign_and_the_last_one_completes_it);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
