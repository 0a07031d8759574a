/* Folding: whose message a webhook is about, on numbers that several vendors share and when it is not known yet. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "crypto/tracker.h"
#include "harness/deliver.h"
#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

#define PHONE "106540352242922"
static const kl_money price = 8631, opening = 20000000;

static kl_uuid vendor, campaign;
static kl_batch *batch;

static void open_campaign(void)
{
    fixture_open();
    deliver_open();
    vendor = fixture_vendor("Acme", opening);
    kl_uuid waba = fixture_waba(&vendor, PHONE);
    batch = deliver_started(&vendor, &waba, 20, price, &campaign);
}

static void close_campaign(void)
{
    kl_batch_free(batch);
    deliver_close();
    fixture_close();
}

static void refunded(int messages)
{
    char sum[64];
    snprintf(sum, sizeof sum, "%d|%.4f", messages, (double)(messages * price) / 10000);
    ask("SELECT count(*) || '|' || sum(amount) FROM kloyst.message_refund", sum);
}

/* A status of a message to this user, told by its wamid. */
static void deliver_for(const char *wamid, char status, int at, const char *user)
{
    buffer items = BUFFER_INIT;
    buffer_format(&items,
                  "{\"id\":\"%s\",\"status\":\"%s\",\"timestamp\":\"%" PRId64 "\",\"recipient_id\":\"%s\"}", wamid,
                  status == 's' ? "sent" : status == 'd' ? "delivered" : "read", start + at, user);
    deliver(PHONE, "statuses", &items);
    buffer_free(&items);
}

START_TEST(on_a_shared_number_a_message_goes_to_whom_it_answers)
{
    kl_uuid other = fixture_vendor("Other", opening), third = fixture_vendor("Third", 0), other_campaign;
    kl_uuid waba = fixture_waba(&other, PHONE);
    fixture_waba(&third, PHONE);
    fixture_contacts(&third, 3); /* knows the numbers but never wrote to them */
    kl_batch *other_batch = deliver_started(&other, &waba, 2, price, &other_campaign);
    ck_assert_str_eq(kl_batch_mobile(batch, 0), "919800000000");
    ck_assert_str_eq(kl_batch_mobile(other_batch, 0), "919800000000");
    deliver_accepted(batch, 0, "wamid.FIRST");
    deliver_accepted(other_batch, 0, "wamid.SECOND");
    deliver_accepted(batch, 1, "wamid.THIRD");
    deliver_accepted(other_batch, 1, "wamid.FOURTH");
    /* Of the first user the other vendor wrote last; of the second the first, although the other's was read later. */
    deliver_for("wamid.SECOND", 'd', 20, "919800000000");
    deliver_for("wamid.FIRST", 's', 10, "919800000000");
    deliver_for("wamid.FOURTH", 's', 5, "919800000001");
    deliver_for("wamid.THIRD", 's', 15, "919800000001");
    deliver_for("wamid.FOURTH", 'r', 30, "919800000001");
    ck_assert_int_eq(fold_all().statuses, 5);
    deliver_message(PHONE, "919800000000", "wamid.IN1", "wamid.FIRST");
    deliver_message(PHONE, "919800000000", "wamid.IN2", NULL);
    deliver_message(PHONE, "919800000000", "wamid.IN3", "wamid.UNKNOWN");
    deliver_message(PHONE, "4915112345678", "wamid.IN4", NULL);
    deliver_message(PHONE, "919800000003", "wamid.IN5", NULL); /* a contact, but nobody wrote */
    deliver_message(PHONE, "919800000001", "wamid.IN6", NULL);
    kl_fold_report report = fold_all();
    ck_assert_int_eq(report.inbound, 4);
    ck_assert_int_eq(report.unmatched, 2);
    ck_assert_int_eq(report.set_aside, 0);
    ask("SELECT string_agg(m.wa_message_id || v.name, ',' ORDER BY m.wa_message_id) FROM kloyst.message_log m "
        "JOIN kloyst.vendor v ON v.id = m.vendor_id WHERE direction = 'INBOUND'",
        "wamid.IN1Acme,wamid.IN2Other,wamid.IN3Other,wamid.IN6Acme");
    ask("SELECT count(*) FROM kloyst.webhook_set_aside WHERE reason LIKE '%wrote to the sender'", "2");
    kl_batch_free(other_batch);
}
END_TEST

START_TEST(the_user_of_a_message_in_the_same_body_is_known_already)
{
    buffer body = BUFFER_INIT;
    kl_uuid other = fixture_vendor("Other", opening), id = kl_batch_message_id(batch, 0);
    fixture_waba(&other, PHONE);
    buffer_format(&body,
                  "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"messages\","
                  "\"value\":{\"metadata\":{\"phone_number_id\":\"%s\"},\"messages\":[{\"id\":\"wamid.IN\",\"from\":"
                  "\"919800000000\",\"timestamp\":\"%" PRId64 "\",\"type\":\"text\",\"text\":{\"body\":\"Hi\"}}],"
                  "\"statuses\":[{\"id\":\"wamid.OUT\",\"status\":\"delivered\",\"timestamp\":\"%" PRId64 "\","
                  "\"recipient_id\":\"919800000000\",\"biz_opaque_callback_data\":\"%s\"}]}}]}]}",
                  PHONE, start + 9, start + 5, tracker_of(&vendor, &id));
    deliver_bytes(body.data, body.length);
    ck_assert_int_eq(fold_all().inbound, 1);
    ask("SELECT string_agg(v.name, ',') FROM kloyst.message_log m JOIN kloyst.vendor v ON v.id = m.vendor_id "
        "WHERE direction = 'INBOUND'",
        "Acme");
    /* Without a second vendor nothing has to be noted. */
    ask("SELECT count(*) FROM kloyst.webhook_route", "1");
    buffer_free(&body);
}
END_TEST

/* --- what is not known yet --- */

static kl_fold_report rematch(void)
{
    kl_error *error = NULL;
    kl_fold_report report = {0};
    harness_exec(fixture.admin, "UPDATE kloyst.webhook_set_aside SET next_at = now() WHERE next_at IS NOT NULL");
    ck_ok(fold_rematch(fixture.handle, 1000, &report, &error));
    return report;
}

START_TEST(a_status_before_its_wamid_is_known_is_applied_when_it_is)
{
    deliver_status(PHONE, "wamid.LATE", 'f', NULL);
    deliver_status(PHONE, "wamid.LATE", 'd', NULL);
    ck_assert_int_eq(fold_all().unmatched, 2);
    kl_fold_report report = rematch();
    ck_assert_int_eq(report.matched + report.statuses + report.foreign, 0);
    deliver_accepted(batch, 7, "wamid.LATE");
    report = rematch();
    ck_assert_int_eq(report.matched, 2);
    ck_assert_int_eq(report.statuses, 2);
    ck_assert_int_eq(report.refunded, 1);
    ask("SELECT status::text || error_code FROM kloyst.message_log WHERE wa_message_id = 'wamid.LATE'", "DELIVERED131026");
    ask("SELECT count(*) FROM kloyst.webhook_set_aside", "0");
    refunded(1);
    ck_assert_int_eq(rematch().matched, 0);
}
END_TEST

START_TEST(folding_looks_through_what_waits_by_itself)
{
    deliver_status(PHONE, "wamid.LATE", 'd', NULL);
    ck_assert_int_eq(fold_all().unmatched, 1);
    deliver_accepted(batch, 7, "wamid.LATE");
    harness_exec(fixture.admin, "UPDATE kloyst.webhook_set_aside SET next_at = now()");
    fixture.handle->rematched_ms = 0;
    kl_fold_report report = fold_all();
    ck_assert_int_eq(report.bodies, 0);
    ck_assert_int_eq(report.matched, 1);
}
END_TEST

START_TEST(an_account_that_is_registered_late_misses_nothing)
{
    kl_uuid other = fixture_vendor("Other", 0);
    deliver_message("555", "919800000000", "wamid.EARLY", NULL);
    deliver_status("555", "wamid.STRANGE", 'd', NULL);
    ck_assert_int_eq(fold_all().unmatched, 2);
    fixture_waba(&other, "555");
    kl_fold_report report = rematch();
    ck_assert_int_eq(report.inbound, 1);
    ck_assert_int_eq(report.matched, 1);
    ask("SELECT count(*) FROM kloyst.message_log WHERE wa_message_id = 'wamid.EARLY' AND content ->> 'type' = 'text'", "1");
    ask("SELECT convert_from(item, 'UTF8')::jsonb ->> 'id' FROM kloyst.webhook_set_aside", "wamid.STRANGE");
}
END_TEST

START_TEST(foreign_statuses_expire_and_are_counted_and_messages_are_kept)
{
    kl_error *error = NULL;
    kl_webhook_stats stats;
    kl_uuid other = fixture_vendor("Other", 0);
    fixture_waba(&other, PHONE);
    for (int i = 0; i < 3; i++)
        deliver_status(PHONE, "wamid.STRANGE", "sdr"[i], NULL);
    deliver_status("555", "wamid.NOBODY", 'd', NULL);
    deliver_message(PHONE, "4915112345678", "wamid.IN", NULL);
    ck_assert_int_eq(fold_all().unmatched, 5);
    harness_exec(fixture.admin, "UPDATE kloyst.webhook_set_aside SET expires_at = now() WHERE item LIKE '%STRANGE%'");
    ck_assert_int_eq(rematch().foreign, 3);
    harness_exec(fixture.admin, "UPDATE kloyst.webhook_set_aside SET expires_at = now()");
    ck_assert_int_eq(rematch().foreign, 1);
    ask("SELECT string_agg(phone_number_id || ' ' || items, ',' ORDER BY items) FROM kloyst.webhook_foreign",
        "555 1," PHONE " 3");
    ask("SELECT reason LIKE '%wrote to the sender' AND next_at IS NULL FROM kloyst.webhook_set_aside", "t");
    ck_ok(kl_webhook_stats_get(fixture.handle, &stats, &error));
    ck_assert_int_eq(stats.waiting + stats.unmatched, 0);
    ck_assert_int_eq(stats.waiting_since, 0);
    ck_assert_int_eq(stats.set_aside, 1);
    ck_assert_int_eq(stats.foreign, 4);
    /* Old bodies that are folded again do not wait and count again. */
    harness_exec(fixture.admin, "UPDATE kloyst.webhook_inbox SET received_at = now() - interval '25 hours'");
    int64_t bodies;
    ck_ok(kl_webhook_replay(fixture.handle, 0, 0, &bodies, &error));
    ck_assert_int_eq(bodies, 5);
    fold_all();
    ask("SELECT count(*) FROM kloyst.webhook_set_aside", "1");
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("fold_find");
    TCase *test_case = tcase_create("fold_find");
    tcase_set_timeout(test_case, 120);
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_campaign, close_campaign);
    tcase_add_test(test_case, on_a_shared_number_a_message_goes_to_whom_it_answers);
    tcase_add_test(test_case, the_user_of_a_message_in_the_same_body_is_known_already);
    tcase_add_test(test_case, a_status_before_its_wamid_is_known_is_applied_when_it_is);
    tcase_add_test(test_case, folding_looks_through_what_waits_by_itself);
    tcase_add_test(test_case, an_account_that_is_registered_late_misses_nothing);
    tcase_add_test(test_case, foreign_statuses_expire_and_are_counted_and_messages_are_kept);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
