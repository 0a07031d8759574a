/* Promises of the error table end to end: what a worker does when Meta answers with a code, seen from outside. */
#include "harness/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/unknown.h"
#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "standin/standin.h"

enum { PRICE = 8631, BALANCE = 1000000, SECOND = 1000000, DAY_SECONDS = 86400 };
#define NUMBER "106540352242922"

static standin meta;
static kl_uuid vendor, waba, campaign;

/* What one code does to the first message of a campaign. */
typedef struct effect {
    int code;
    kl_recipient_state state;
    int wait;                /* seconds until the message comes again, or the breaker closes by itself; 0: none of both */
    kl_breaker_scope breaker; /* that opens; 0: none */
    bool shared;             /* it stops other vendors of the number */
} effect;

static const effect effects[] = {
    {131026, KL_RECIPIENT_FAILED, 0, 0, false},     /* permanent, of the recipient */
    {100, KL_RECIPIENT_FAILED, 0, 0, false},        /* permanent, of the message */
    {132000, KL_RECIPIENT_FAILED, 0, 0, false},     /* permanent, of the campaign's parameters */
    {131000, KL_RECIPIENT_DEFERRED, 5, 0, false},   /* retry, of the message */
    {131053, KL_RECIPIENT_DEFERRED, 5, 0, false},   /* retry once */
    {139999, KL_RECIPIENT_DEFERRED, 60, 0, false},  /* not in the table */
    {80007, KL_RECIPIENT_DEFERRED, 60, 0, false},   /* retry, of the account */
    {131057, KL_RECIPIENT_DEFERRED, 120, 0, false}, /* retry, of the number */
    {131049, KL_RECIPIENT_DEFERRED, DAY_SECONDS, 0, false},
    {131048, KL_RECIPIENT_DEFERRED, DAY_SECONDS, KL_BREAKER_NUMBER, true},
    {33, KL_RECIPIENT_DEFERRED, 0, KL_BREAKER_NUMBER, false},
    {190, KL_RECIPIENT_DEFERRED, 0, KL_BREAKER_WABA, false},
    {368, KL_RECIPIENT_DEFERRED, DAY_SECONDS, KL_BREAKER_WABA, true},
    {131042, KL_RECIPIENT_DEFERRED, 0, KL_BREAKER_WABA, true},
    {132015, KL_RECIPIENT_FAILED, 10800, KL_BREAKER_TEMPLATE, false},
    {132016, KL_RECIPIENT_FAILED, 0, KL_BREAKER_TEMPLATE, false},
};
enum { EFFECTS = sizeof effects / sizeof effects[0] };

static void stop_meta(void)
{
    if (meta.pid)
        ck_assert_int_eq(standin_stop(&meta), 0);
    fixture_close();
}

/* A vendor with a campaign to three contacts, and a Graph API that refuses everything with the code; 0: takes everything. */
static void prepare(int code)
{
    kl_error *error = NULL;
    char rule[40];
    vendor = fixture_vendor("vendor", BALANCE);
    waba = fixture_waba(&vendor, NUMBER);
    fixture_contacts(&vendor, 3);
    campaign = sent_campaign(&vendor, &waba, PRICE);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
    snprintf(rule, sizeof rule, "sync:%d:1", code);
    ck_assert_int_eq(standin_start(code ? (const char *[]){"--fail", rule, NULL} : NULL, &meta), 0);
}

/* Stops with the first message that something became of. */
static int enough(void *context, const kl_worker_report *report)
{
    (void)context;
    return report->accepted + report->failed + report->deferred + report->unknown > 0;
}

/* One message after the other: a Graph API that is slow to answer gets no more of them meanwhile. */
static void work(kl_worker_progress_function progress)
{
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    options.base_url = meta.base_url;
    options.progress = progress;
    options.max_in_flight = 1;
    kl_status status = sent_by_worker(fixture.handle, &options, NULL, NULL);
    ck_assert_msg(status == KL_OK || status == KL_ERR_REFUSED, "%s", kl_status_name(status));
}

static kl_recipient_page *recipients(kl_recipient_state state)
{
    kl_error *error = NULL;
    kl_recipient_page *page = NULL;
    ck_ok(kl_recipient_list(fixture.handle, &vendor, &campaign, state, NULL, 10, &page, &error));
    return page;
}

static kl_breaker_page *breakers(void)
{
    kl_error *error = NULL;
    kl_breaker_page *page = NULL;
    ck_ok(kl_breaker_list(fixture.handle, &vendor, NULL, 10, &page, &error));
    return page;
}

static int64_t number_of(const char *sql)
{
    char *text = harness_query_text(fixture.admin, sql);
    int64_t number = text ? atoll(text) : -1;
    free(text);
    return number;
}

static void breaker_is(const effect *expected)
{
    kl_breaker_page *page = breakers();
    /* A fact about an account stops the vendor's other numbers, and the other vendors of this number. */
    size_t count = !expected->breaker ? 0 : expected->breaker == KL_BREAKER_WABA && expected->shared ? 2 : 1;
    bool shared = false;
    ck_assert_uint_eq(kl_breaker_page_count(page), count);
    for (size_t i = 0; i < count; i++) {
        const kl_breaker *breaker = kl_breaker_page_at(page, i);
        ck_assert_int_eq(kl_breaker_scope_of(breaker), expected->breaker);
        ck_assert_int_eq(kl_breaker_code(breaker), expected->code);
        shared |= kl_breaker_shared(breaker);
        kl_time closes = kl_breaker_resumes_at(breaker);
        ck_assert_int_eq(closes ? (closes - kl_breaker_opened_at(breaker)) / SECOND : 0, expected->wait);
    }
    ck_assert_int_eq(shared, expected->shared);
    kl_breaker_page_free(page);
}

START_TEST(a_code_does_what_the_table_says)
{
    const effect *expected = &effects[_i];
    prepare(expected->code);
    work(enough);
    kl_recipient_page *page = recipients(expected->state);
    const kl_recipient *first = kl_recipient_page_at(page, 0);
    ck_assert_msg(first, "%d: no message is in state %d", expected->code, expected->state);
    ck_assert_int_eq(kl_recipient_error_code(first), expected->code);
    if (expected->state == KL_RECIPIENT_DEFERRED && !expected->breaker) {
        int64_t left = kl_recipient_next_at(first) / SECOND - number_of("SELECT extract(epoch FROM now())::int8");
        ck_assert_msg(left <= expected->wait * 3 / 2 + 1 && left >= expected->wait - 30, "%d waits %lld s", expected->code,
                      (long long)left);
    }
    breaker_is(expected);
    size_t failed = expected->state == KL_RECIPIENT_FAILED ? kl_recipient_page_count(page) : 0;
    ck_assert_int_eq(number_of("SELECT count(*) FROM kloyst.message_refund"), (int64_t)failed);
    ck_assert_int_eq(number_of("SELECT count(*) FROM kloyst.message_log WHERE status <> 'FAILED'"), 0);
    kl_recipient_page_free(page);
}
END_TEST

/* Behind an open breaker nothing leaves, nothing fails; once it is closed everything goes out, once. */
START_TEST(what_waits_behind_a_breaker_goes_out_when_it_is_closed)
{
    static const int codes[] = {131048, 190, 131042};
    kl_error *error = NULL;
    prepare(codes[_i]);
    work(enough);
    int64_t requests = standin_stat(&meta, "requests");
    work(NULL);
    ck_assert_int_eq(standin_stat(&meta, "requests"), requests);
    ck_assert_int_eq(standin_stop(&meta), 0);
    ck_assert_int_eq(standin_start(NULL, &meta), 0);
    work(NULL);
    ck_assert_int_eq(standin_stat(&meta, "requests"), 0);
    kl_breaker_page *page = breakers();
    for (size_t i = 0; i < kl_breaker_page_count(page); i++) {
        const kl_breaker *breaker = kl_breaker_page_at(page, i);
        kl_uuid id = kl_breaker_id(breaker);
        if (kl_breaker_shared(breaker))
            ck_ok(kl_breaker_resume_shared(fixture.handle, &id, &error));
        else
            ck_ok(kl_breaker_resume(fixture.handle, &vendor, &id, &error));
    }
    kl_breaker_page_free(page);
    work(NULL);
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.accepted, 3);
    ck_assert_int_eq(stats.failed, 0);
    ck_assert_int_eq(standin_stat(&meta, "accepted"), 3);
    ck_assert_int_eq(standin_stat(&meta, "duplicate_to"), 0);
    ck_assert_int_eq(stats.debited - stats.refunded, 3 * PRICE);
}
END_TEST

START_TEST(what_waits_behind_a_bad_token_goes_out_with_a_new_one)
{
    kl_error *error = NULL;
    prepare(190);
    work(enough);
    ck_assert_int_eq(standin_stop(&meta), 0);
    ck_assert_int_eq(standin_start(NULL, &meta), 0);
    work(NULL);
    ck_assert_int_eq(standin_stat(&meta, "requests"), 0);
    ck_ok(kl_waba_set_token(fixture.handle, &vendor, &waba, "new-token", 9, &error));
    work(NULL);
    ck_assert_int_eq(sent_stats(&vendor, &campaign).accepted, 3);
    ck_assert_int_eq(standin_stat(&meta, "accepted"), 3);
}
END_TEST

/* Ten messages in a row that do not fit stop the campaign; one that does in between shows that it is not the campaign. */
START_TEST(a_campaign_none_of_whose_messages_fits_is_stopped)
{
    prepare(0);
    ck_assert_int_eq(standin_stop(&meta), 0);
    kl_error *error = NULL;
    ck_ok(kl_campaign_cancel(fixture.handle, &vendor, &campaign, NULL, &error));
    fixture_contacts(&vendor, 60);
    campaign = sent_campaign(&vendor, &waba, PRICE);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
    ck_assert_int_eq(standin_start((const char *[]){"--fail", _i ? "sync:132000:0.5" : "sync:132000:1", NULL}, &meta), 0);
    work(NULL);
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    kl_breaker_page *page = breakers();
    ck_assert_uint_eq(kl_breaker_page_count(page), _i ? 0 : 1);
    if (_i) {
        ck_assert_int_eq(stats.sent + stats.failed, 60);
        ck_assert_int_gt(stats.failed, 10);
    } else {
        ck_assert_int_eq(kl_breaker_scope_of(kl_breaker_page_at(page, 0)), KL_BREAKER_CAMPAIGN);
        ck_assert_int_eq(kl_breaker_code(kl_breaker_page_at(page, 0)), 132000);
        ck_assert_int_eq(stats.failed, 10);
        ck_assert_int_eq(stats.waiting, 50);
    }
    ck_assert_int_eq(stats.refunded, stats.failed * PRICE);
    kl_breaker_page_free(page);
}
END_TEST

START_TEST(a_stopped_template_fails_a_single_message_and_holds_the_others)
{
    kl_error *error = NULL;
    kl_message_options options = KL_MESSAGE_OPTIONS_INIT;
    prepare(132015);
    ck_ok(kl_campaign_cancel(fixture.handle, &vendor, &campaign, NULL, &error));
    options.waba_account_id = &waba;
    options.kind = KL_CONTENT_TEMPLATE;
    options.template_name = "offer";
    options.template_language = "en";
    options.price = PRICE;
    static const char *const numbers[] = {"+919800000000", "+919800000001", "+919800000002"};
    for (int i = 0; i < 3; i++) {
        options.to = numbers[i];
        ck_ok(kl_message_send(fixture.handle, &vendor, &options, NULL, &error));
    }
    work(NULL);
    ck_assert_int_eq(standin_stat(&meta, "requests"), 1);
    ck_assert_int_eq(number_of("SELECT count(*) FROM kloyst.message_log WHERE status = 'FAILED' AND error_code = 132015"), 1);
    ck_assert_int_eq(number_of("SELECT count(*) FROM kloyst.message_refund"), 1);
    ck_assert_int_eq(number_of("SELECT count(*) FROM kloyst.message_queue"), 2);
    kl_breaker_page *page = breakers();
    ck_assert_uint_eq(kl_breaker_page_count(page), 1);
    ck_assert_int_eq(kl_breaker_scope_of(kl_breaker_page_at(page, 0)), KL_BREAKER_TEMPLATE);
    kl_breaker_page_free(page);
}
END_TEST

START_TEST(an_answer_that_never_comes_is_unknown_and_settled_at_the_deadline)
{
    kl_error *error = NULL;
    int64_t settled = 0;
    prepare(0);
    ck_assert_int_eq(standin_stop(&meta), 0);
    ck_assert_int_eq(standin_start((const char *[]){"--fail", "cut:1", NULL}, &meta), 0);
    work(NULL);
    ck_assert_int_eq(sent_stats(&vendor, &campaign).unknown, 3);
    ck_assert_int_eq(number_of("SELECT count(*) FROM kloyst.message_refund"), 0);
    harness_exec(fixture.admin, "UPDATE kloyst.message_queue SET settle_at = now() - interval '1 s';"
                                "UPDATE kloyst.lane SET settle_at = now() - interval '1 s' WHERE settle_at IS NOT NULL");
    ck_ok(unknown_settle_due(fixture.handle, 100, &settled, &error));
    ck_assert_int_eq(settled, 3);
    ck_assert_int_eq(number_of("SELECT count(*) FROM kloyst.message_refund"), 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("error effects");
    TCase *tests = tcase_create("error effects");
    tcase_add_unchecked_fixture(tests, fixture_server, NULL);
    tcase_add_checked_fixture(tests, fixture_open, stop_meta);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_code_does_what_the_table_says, 0, EFFECTS);
    tcase_add_loop_test(tests, what_waits_behind_a_breaker_goes_out_when_it_is_closed, 0, 3);
    tcase_add_test(tests, what_waits_behind_a_bad_token_goes_out_with_a_new_one);
    tcase_add_loop_test(tests, a_campaign_none_of_whose_messages_fits_is_stopped, 0, 2);
    tcase_add_test(tests, a_stopped_template_fails_a_single_message_and_holds_the_others);
    tcase_add_test(tests, an_answer_that_never_comes_is_unknown_and_settled_at_the_deadline);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
