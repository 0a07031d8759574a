/* Programs with HTTP of their own: what they pull keeps the same rules as what a worker posts itself. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"

#define PHONE "106540352242922"

static const kl_money price = 1000;
static kl_uuid vendor, waba, campaign;
static kl_worker *worker;

static void open_vendor(void)
{
    kl_error *error = NULL;
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    options.max_in_flight = 20;
    options.max_attempts = 3;
    fixture_open();
    vendor = fixture_vendor("Acme", 90000000);
    waba = fixture_waba(&vendor, PHONE);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 1000, &error));
    ck_ok(kl_worker_new(fixture.handle, &options, &worker, &error));
}

static void close_vendor(void)
{
    kl_worker_free(worker);
    fixture_close();
}

static void prepare(int recipients)
{
    kl_error *error = NULL;
    fixture_contacts(&vendor, recipients);
    campaign = sent_campaign(&vendor, &waba, price);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
}

static void nap(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

/* Up to `most` messages; those that come within so many seconds. */
static size_t pull_for(int seconds, kl_outgoing *messages, size_t most)
{
    kl_error *error = NULL;
    int64_t until = clock_monotonic_ms() + seconds * 1000;
    for (;;) {
        size_t count = 0;
        int wait = -1;
        ck_ok(kl_worker_pull(worker, messages, most, &count, &wait, &error));
        ck_assert_int_ge(wait, 0);
        ck_assert_int_le(wait, 1000);
        if (count || clock_monotonic_ms() > until)
            return count;
        nap(wait);
    }
}

static size_t pull(kl_outgoing *messages, size_t most)
{
    return pull_for(60, messages, most);
}

static void none_come(void)
{
    kl_outgoing message;
    ck_assert_uint_eq(pull_for(1, &message, 1), 0);
}

static void answer(uint64_t ticket, const char *body)
{
    kl_error *error = NULL;
    ck_ok(kl_worker_answer(worker, ticket, KL_REQUEST_ANSWERED, 200, body, strlen(body), &error));
}

static void accept_message(const kl_outgoing *message)
{
    static int made;
    char body[200];
    snprintf(body, sizeof body, "{\"messaging_product\":\"whatsapp\",\"contacts\":[{\"input\":\"1\",\"wa_id\":\"1\"}],"
                                "\"messages\":[{\"id\":\"wamid.PULLED%d\"}]}", made++);
    answer(message->ticket, body);
}

static kl_worker_report finish(void)
{
    kl_error *error = NULL;
    kl_worker_report report;
    ck_ok(kl_worker_finish(worker, &report, &error));
    ck_assert_int_eq(report.in_flight, 0);
    return report;
}

START_TEST(what_is_pulled_and_answered_is_sent)
{
    kl_outgoing messages[20];
    prepare(150);
    int sent = 0;
    while (sent < 150) {
        size_t count = pull(messages, 20);
        ck_assert_uint_gt(count, 0);
        for (size_t i = 0; i < count; i++, sent++) {
            ck_assert_str_eq(messages[i].url, "https://graph.facebook.com/v25.0/" PHONE "/messages");
            ck_assert_str_eq(messages[i].authorization, "Bearer test-token");
            ck_assert_ptr_nonnull(strstr(messages[i].body, "\"biz_opaque_callback_data\""));
            ck_assert_mem_eq(&messages[i].vendor_id, &vendor, sizeof vendor);
            accept_message(&messages[i]);
        }
    }
    ck_assert_int_eq(finish().accepted, 150);
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.sent, 150);
    ck_assert_int_eq(stats.debited, 150 * price);
}
END_TEST

START_TEST(no_more_are_out_than_max_in_flight_and_the_first_goes_alone)
{
    kl_outgoing messages[100];
    prepare(100);
    ck_assert_uint_eq(pull(messages, 100), 1);
    none_come();
    accept_message(&messages[0]);
    size_t out = 0;
    for (size_t count; out < 20 && (count = pull(messages + out, 100 - out)) > 0;)
        out += count;
    ck_assert_uint_eq(out, 20);
    none_come();
    for (size_t i = 0; i < out; i++)
        for (size_t j = 0; j < i; j++)
            ck_assert_uint_ne(messages[i].ticket, messages[j].ticket);
    for (size_t i = 0; i < out; i++)
        accept_message(&messages[i]);
    ck_assert_uint_gt(pull(messages, 100), 0);
    kl_worker_stop(worker);
    finish();
}
END_TEST

START_TEST(the_error_policy_is_applied_to_answers)
{
    kl_error *error = NULL;
    kl_outgoing one[1];
    prepare(5);
    static const char refused[] = "{\"error\":{\"message\":\"m\",\"type\":\"OAuthException\",\"code\":131026,\"fbtrace_id\":\"x\"}}",
                      passing[] = "{\"error\":{\"message\":\"m\",\"type\":\"OAuthException\",\"code\":130429,\"fbtrace_id\":\"x\"}}";
    ck_assert_uint_eq(pull(one, 1), 1);
    answer(one[0].ticket, refused);
    ck_assert_uint_eq(pull(one, 1), 1);
    ck_fails(KL_ERR_NOT_FOUND, kl_worker_answer(worker, one[0].ticket + 1, KL_REQUEST_NOT_SENT, 0, NULL, 0, &error));
    kl_uuid again = one[0].message_id;
    uint64_t old = one[0].ticket;
    answer(old, passing);
    ck_fails(KL_ERR_NOT_FOUND, kl_worker_answer(worker, old, KL_REQUEST_ANSWERED, 200, "{}", 2, &error));
    bool came_again = false;
    for (int i = 0; i < 4; i++) {
        ck_assert_uint_eq(pull(one, 1), 1);
        came_again |= memcmp(&again, &one[0].message_id, sizeof again) == 0;
        if (i == 0)
            ck_ok(kl_worker_answer(worker, one[0].ticket, KL_REQUEST_NO_ANSWER, 0, NULL, 0, &error));
        else
            accept_message(&one[0]);
    }
    ck_assert(came_again);
    kl_worker_report report = finish();
    ck_assert_int_eq(report.failed, 1);
    ck_assert_int_eq(report.retried, 1);
    ck_assert_int_eq(report.unknown, 1);
    ck_assert_int_eq(report.accepted, 3);
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.refunded, price);
    ck_assert_int_eq(stats.unknown, 1);
}
END_TEST

START_TEST(what_was_handed_out_and_not_answered_is_unknown_and_the_rest_goes_back)
{
    kl_error *error = NULL;
    kl_outgoing messages[20];
    prepare(100);
    ck_assert_uint_eq(pull(messages, 1), 1);
    accept_message(&messages[0]);
    size_t out = pull(messages, 20);
    ck_assert_uint_gt(out, 0);
    ck_fails(KL_ERR_STATE, kl_worker_run(worker, NULL, &error));
    kl_worker_report report = finish();
    ck_assert_int_eq(report.unknown, (int64_t)out);
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.unknown, (int64_t)out);
    ck_assert_int_eq(stats.waiting, 100 - 1 - (int64_t)out);
    char *leased = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.batch WHERE status = 'LEASED'");
    ck_assert_str_eq(leased, "0");
    free(leased);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("worker pull");
    TCase *test_case = tcase_create("pull");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_vendor, close_vendor);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, what_is_pulled_and_answered_is_sent);
    tcase_add_test(test_case, no_more_are_out_than_max_in_flight_and_the_first_goes_alone);
    tcase_add_test(test_case, the_error_policy_is_applied_to_answers);
    tcase_add_test(test_case, what_was_handed_out_and_not_answered_is_unknown_and_the_rest_goes_back);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
