/* Promises of circuit breakers: what rests, whom it stops, who sees it, and how it goes on. */
#include "harness/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "core/breaker.h"
#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "repo/lane.h"

#define SHARED_NUMBER "106540352242922"

static kl_uuid first, second; /* vendors that send from one number */
static kl_uuid first_waba, second_waba, first_campaign, second_campaign;

static kl_uuid campaign_of(const kl_uuid *vendor, const kl_uuid *waba)
{
    kl_error *error = NULL;
    kl_uuid campaign = sent_campaign(vendor, waba, 0);
    ck_ok(kl_campaign_enqueue(fixture.handle, vendor, &campaign, 0, NULL, &error));
    return campaign;
}

static void two_vendors(void)
{
    first = fixture_vendor("first", 1000000);
    second = fixture_vendor("second", 1000000);
    first_waba = fixture_waba(&first, SHARED_NUMBER);
    second_waba = fixture_waba(&second, SHARED_NUMBER);
    fixture_contacts(&first, 3);
    fixture_contacts(&second, 3);
    first_campaign = campaign_of(&first, &first_waba);
    second_campaign = campaign_of(&second, &second_waba);
}

static int lanes_of(const kl_uuid *vendor)
{
    kl_error *error = NULL;
    pg_rows *rows = NULL;
    ck_ok(lane_list(fixture.handle->pool, vendor, NULL, 100, &rows, &error));
    int count = pg_rows_count(rows);
    pg_rows_free(rows);
    return count;
}

static void trip(breaker_cause cause)
{
    kl_error *error = NULL;
    ck_ok(breaker_trip(fixture.handle, &cause, &error));
}

static void trip_number(const kl_uuid *vendor, int code, int64_t milliseconds)
{
    trip((breaker_cause){.scope = KL_BREAKER_NUMBER, .vendor_id = *vendor, .phone_number_id = SHARED_NUMBER,
                         .code = code, .resume_after_ms = milliseconds});
}

static void trip_waba(const kl_uuid *vendor, int code)
{
    trip((breaker_cause){.scope = KL_BREAKER_WABA, .vendor_id = *vendor, .phone_number_id = SHARED_NUMBER, .code = code});
}

static kl_breaker_page *breakers_of(const kl_uuid *vendor)
{
    kl_error *error = NULL;
    kl_breaker_page *page = NULL;
    ck_ok(kl_breaker_list(fixture.handle, vendor, NULL, 100, &page, &error));
    return page;
}

static size_t count_of(const kl_uuid *vendor)
{
    kl_breaker_page *page = breakers_of(vendor);
    size_t count = kl_breaker_page_count(page);
    kl_breaker_page_free(page);
    return count;
}

static char *status_of(const kl_uuid *campaign)
{
    char id[KL_UUID_TEXT + 1], sql[200];
    kl_uuid_format(campaign, id);
    snprintf(sql, sizeof sql, "SELECT status FROM kloyst.campaign WHERE id = '%s'", id);
    return harness_query_text(fixture.admin, sql);
}

static void has_status(const kl_uuid *campaign, const char *expected)
{
    char *status = status_of(campaign);
    ck_assert_str_eq(status, expected);
    free(status);
}

START_TEST(a_fact_about_a_number_stops_every_vendor_that_sends_from_it)
{
    two_vendors();
    kl_uuid third = fixture_vendor("third", 1000000);
    kl_uuid third_waba = fixture_waba(&third, "777");
    fixture_contacts(&third, 1);
    campaign_of(&third, &third_waba);
    trip_number(&first, 131048, 86400000);
    ck_assert_int_eq(lanes_of(&first), 0);
    ck_assert_int_eq(lanes_of(&second), 0);
    ck_assert_int_eq(lanes_of(&third), 1);
    ck_assert_uint_eq(count_of(&second), 1);
    ck_assert_uint_eq(count_of(&third), 0);
    kl_breaker_page *page = breakers_of(&first);
    const kl_breaker *breaker = kl_breaker_page_at(page, 0);
    ck_assert_int_eq(kl_breaker_scope_of(breaker), KL_BREAKER_NUMBER);
    ck_assert_str_eq(kl_breaker_subject(breaker), SHARED_NUMBER);
    ck_assert_int_eq(kl_breaker_code(breaker), 131048);
    ck_assert_int_eq(kl_breaker_shared(breaker), 1);
    ck_assert(strstr(kl_breaker_reason(breaker), "spam"));
    kl_time wait = kl_breaker_resumes_at(breaker) - kl_breaker_opened_at(breaker);
    ck_assert_int_eq(wait, INT64_C(86400000000));
    kl_breaker_page_free(page);
}
END_TEST

START_TEST(what_may_be_a_vendors_own_token_stops_that_vendor_alone)
{
    static const int codes[] = {0, 3, 10, 190, 200, 250, 299, 131005};
    two_vendors();
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        trip_waba(&first, codes[i]);
        ck_assert_int_eq(lanes_of(&first), 0);
        ck_assert_int_eq(lanes_of(&second), 1);
        ck_assert_uint_eq(count_of(&first), 1);
        ck_assert_uint_eq(count_of(&second), 0);
    }
    trip_number(&second, 33, 0);
    ck_assert_int_eq(lanes_of(&second), 0);
    ck_assert_uint_eq(count_of(&second), 1);
    ck_assert_uint_eq(count_of(&first), 1);
}
END_TEST

/* Both vendors claim the same WABA; the victim sends from another number. */
START_TEST(a_new_token_closes_what_the_old_one_opened_and_nothing_else)
{
    kl_error *error = NULL;
    two_vendors();
    trip_waba(&first, 190);
    trip_waba(&second, 190);
    ck_assert_int_eq(lanes_of(&first), 0);
    ck_assert_int_eq(lanes_of(&second), 0);
    ck_ok(kl_waba_set_token(fixture.handle, &first, &first_waba, "new-token", 9, &error));
    ck_assert_uint_eq(count_of(&first), 0);
    ck_assert_uint_eq(count_of(&second), 1);
    ck_assert_int_eq(lanes_of(&first), 1);
    ck_assert_int_eq(lanes_of(&second), 0);
    trip_waba(&first, 10);
    ck_fails(KL_ERR_NOT_FOUND, kl_waba_set_token(fixture.handle, &first, &second_waba, "new-token", 9, &error));
    ck_assert_uint_eq(count_of(&first), 1);
    ck_ok(kl_waba_set_token(fixture.handle, &first, &first_waba, "new-token", 9, &error));
    ck_assert_uint_eq(count_of(&first), 0);
    trip_waba(&first, 131042); /* Meta could not charge the account */
    size_t open = count_of(&first);
    ck_ok(kl_waba_set_token(fixture.handle, &first, &first_waba, "new-token", 9, &error));
    ck_assert_uint_eq(count_of(&first), open);
    ck_assert_int_eq(lanes_of(&first), 0);
}
END_TEST

START_TEST(a_vendor_cannot_stop_another_by_the_account_it_claims)
{
    two_vendors();
    kl_uuid victim = fixture_vendor("victim", 1000000);
    kl_uuid victim_waba = fixture_waba(&victim, "888");
    fixture_contacts(&victim, 1);
    campaign_of(&victim, &victim_waba);
    trip_waba(&first, 131031);
    ck_assert_int_eq(lanes_of(&first), 0);
    ck_assert_int_eq(lanes_of(&second), 0);
    ck_assert_int_eq(lanes_of(&victim), 1);
    ck_assert_uint_eq(count_of(&victim), 0);
}
END_TEST

START_TEST(a_webhook_about_an_account_stops_all_its_vendors)
{
    two_vendors();
    trip((breaker_cause){.scope = KL_BREAKER_WABA, .waba_id = "102290129340398"});
    ck_assert_int_eq(lanes_of(&first), 0);
    ck_assert_int_eq(lanes_of(&second), 0);
    ck_assert_uint_eq(count_of(&first), 1);
    ck_assert_uint_eq(count_of(&second), 1);
}
END_TEST

START_TEST(all_numbers_of_the_account_rest_with_it)
{
    two_vendors();
    kl_uuid other = fixture_waba(&first, "999");
    campaign_of(&first, &other);
    ck_assert_int_eq(lanes_of(&first), 2);
    trip_waba(&first, 368);
    ck_assert_int_eq(lanes_of(&first), 0);
}
END_TEST

START_TEST(a_template_pauses_the_campaigns_that_use_it_and_no_others)
{
    kl_error *error = NULL;
    two_vendors();
    kl_uuid same = campaign_of(&first, &first_waba);
    char sql[300], id[KL_UUID_TEXT + 1];
    kl_uuid different = campaign_of(&first, &first_waba);
    kl_uuid_format(&different, id);
    snprintf(sql, sizeof sql, "UPDATE kloyst.campaign SET template_name = 'other' WHERE id = '%s'", id);
    harness_exec(fixture.admin, sql);
    trip((breaker_cause){.scope = KL_BREAKER_TEMPLATE, .vendor_id = first, .campaign_id = &first_campaign, .code = 132015,
                         .text = "Template is paused", .resume_after_ms = 3600000});
    has_status(&first_campaign, "PAUSED");
    has_status(&same, "PAUSED");
    has_status(&different, "QUEUED");
    has_status(&second_campaign, "QUEUED");
    ck_assert_int_eq(lanes_of(&first), 1);
    ck_assert_uint_eq(count_of(&second), 0);
    kl_breaker_page *page = breakers_of(&first);
    const kl_breaker *breaker = kl_breaker_page_at(page, 0);
    kl_uuid breaker_id = kl_breaker_id(breaker);
    ck_assert_int_eq(kl_breaker_scope_of(breaker), KL_BREAKER_TEMPLATE);
    char *name = harness_query_text(fixture.admin, "SELECT template_name FROM kloyst.campaign WHERE template_name <> 'other'");
    ck_assert_str_eq(kl_breaker_subject(breaker), name);
    free(name);
    ck_assert_str_eq(kl_breaker_language(breaker), "en_US");
    ck_assert_str_eq(kl_breaker_reason(breaker), "Template is paused");
    ck_assert_int_eq(kl_breaker_shared(breaker), 0);
    kl_breaker_page_free(page);
    ck_fails(KL_ERR_NOT_FOUND, kl_breaker_resume(fixture.handle, &second, &breaker_id, &error));
    has_status(&same, "PAUSED");
    ck_ok(kl_breaker_resume(fixture.handle, &first, &breaker_id, &error));
    has_status(&first_campaign, "QUEUED");
    has_status(&same, "QUEUED");
    ck_assert_int_eq(lanes_of(&first), 3);
    ck_assert_uint_eq(count_of(&first), 0);
    ck_fails(KL_ERR_NOT_FOUND, kl_breaker_resume(fixture.handle, &first, &breaker_id, &error));
}
END_TEST

START_TEST(a_campaign_stays_paused_while_another_breaker_holds_it)
{
    kl_error *error = NULL;
    two_vendors();
    trip((breaker_cause){.scope = KL_BREAKER_CAMPAIGN, .vendor_id = first, .campaign_id = &first_campaign, .code = 132000});
    if (_i < 2) /* by hand, and the next refusal comes; else it comes while the campaign is paused */
        ck_ok(kl_campaign_resume(fixture.handle, &first, &first_campaign, &error));
    trip((breaker_cause){.scope = KL_BREAKER_TEMPLATE, .vendor_id = first, .campaign_id = &first_campaign, .code = 132016});
    kl_breaker_page *page = breakers_of(&first);
    ck_assert_uint_eq(kl_breaker_page_count(page), 2);
    for (size_t i = 0; i < 2; i++) {
        has_status(&first_campaign, "PAUSED");
        kl_uuid id = kl_breaker_id(kl_breaker_page_at(page, _i % 2 ? 1 - i : i));
        ck_ok(kl_breaker_resume(fixture.handle, &first, &id, &error));
    }
    has_status(&first_campaign, "QUEUED");
    kl_breaker_page_free(page);
}
END_TEST

/* A template message of the first vendor, to be sent at that moment. */
static kl_status send_template(const char *language, kl_time at, kl_error **error)
{
    kl_message_options options = KL_MESSAGE_OPTIONS_INIT;
    options.waba_account_id = &first_waba;
    options.to = "+919800000001";
    options.kind = KL_CONTENT_TEMPLATE;
    options.template_name = "diwali_offer";
    options.template_language = language;
    options.price = 0;
    options.at = at;
    return kl_message_send(fixture.handle, &first, &options, NULL, error);
}

static void rest_template(int64_t milliseconds)
{
    trip((breaker_cause){.scope = KL_BREAKER_TEMPLATE, .vendor_id = first, .waba_account_id = &first_waba,
                         .template_name = "diwali_offer", .template_language = "en_US", .code = 132015,
                         .text = "low quality", .resume_after_ms = milliseconds});
}

static void close_only(const kl_uuid *vendor)
{
    kl_error *error = NULL;
    kl_breaker_page *page = breakers_of(vendor);
    kl_uuid id = kl_breaker_id(kl_breaker_page_at(page, 0));
    kl_breaker_page_free(page);
    ck_ok(kl_breaker_resume(fixture.handle, vendor, &id, &error));
}

START_TEST(nothing_is_queued_with_a_template_that_rests)
{
    kl_error *error = NULL;
    kl *h = fixture.handle;
    const kl_time minute = 60 * 1000000LL;
    two_vendors();
    kl_uuid draft = sent_campaign(&first, &first_waba, 0), later = sent_campaign(&first, &first_waba, 0);
    sent_drain(&first, &first_campaign, 2);
    has_status(&first_campaign, "COMPLETED");
    rest_template(3600000);
    ck_fails(KL_ERR_TEMPLATE, kl_campaign_enqueue(h, &first, &draft, 0, NULL, &error));
    ck_fails(KL_ERR_TEMPLATE, kl_campaign_schedule(h, &first, &draft, clock_now() + 30 * minute, 0, NULL, &error));
    ck_fails(KL_ERR_TEMPLATE, kl_campaign_retry_failed(h, &first, &first_campaign, (const int[]){131026}, 1, NULL, &error));
    ck_fails(KL_ERR_TEMPLATE, send_template("en_US", 0, &error));
    ck_fails(KL_ERR_TEMPLATE, send_template("en_US", clock_now() + 30 * minute, &error));
    has_status(&draft, "DRAFT");
    /* Another language, another vendor, and what is for later than the breaker lasts. */
    ck_ok(send_template("de", 0, &error));
    ck_ok(send_template("en_US", clock_now() + 90 * minute, &error));
    ck_ok(kl_campaign_schedule(h, &first, &later, clock_now() + 90 * minute, 0, NULL, &error));
    campaign_of(&second, &second_waba);
    close_only(&first);
    ck_ok(send_template("en_US", 0, &error));
    ck_ok(kl_campaign_enqueue(h, &first, &draft, 0, NULL, &error));
    ck_ok(kl_campaign_retry_failed(h, &first, &first_campaign, (const int[]){131026}, 1, NULL, &error));
}
END_TEST

START_TEST(a_person_cannot_let_a_campaign_go_on_whose_template_rests)
{
    kl_error *error = NULL;
    kl *h = fixture.handle;
    two_vendors();
    kl_uuid by_hand = campaign_of(&first, &first_waba), scheduled = sent_campaign(&first, &first_waba, 0);
    ck_ok(kl_campaign_pause(h, &first, &by_hand, "not today", &error));
    ck_ok(kl_campaign_schedule(h, &first, &scheduled, clock_now() + 3600 * 1000000LL, 0, NULL, &error));
    rest_template(0);
    has_status(&scheduled, "PAUSED");
    ck_fails(KL_ERR_TEMPLATE, kl_campaign_resume(h, &first, &first_campaign, &error));
    ck_fails(KL_ERR_TEMPLATE, kl_campaign_resume(h, &first, &by_hand, &error));
    ck_fails(KL_ERR_TEMPLATE, kl_campaign_resume(h, &first, &scheduled, &error));
    close_only(&first);
    has_status(&first_campaign, "QUEUED");
    has_status(&scheduled, "SCHEDULED");
    has_status(&by_hand, "PAUSED");
    ck_ok(kl_campaign_resume(h, &first, &by_hand, &error));
    has_status(&by_hand, "QUEUED");
}
END_TEST

START_TEST(single_messages_whose_template_rests_wait_and_block_nobody)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    two_vendors();
    ck_ok(send_template("en_US", 0, &error));
    ck_ok(send_template("en_US", 0, &error));
    ck_ok(send_template("de", 0, &error));
    rest_template(0);
    ck_ok(kl_queue_claim(fixture.handle, &first, &first_waba, 1, 60000, &batch, &error));
    ck_assert_uint_eq(kl_batch_count(batch), 1);
    ck_assert_ptr_nonnull(strstr(kl_batch_body(batch, 0), "\"de\""));
    sent_complete(batch, 0, 1, 0);
    kl_batch_free(batch);
    batch = NULL;
    ck_fails(KL_ERR_EMPTY, kl_queue_claim(fixture.handle, &first, &first_waba, 10, 60000, &batch, &error));
    close_only(&first);
    harness_exec(fixture.admin, "UPDATE kloyst.message_queue SET due_at = now() WHERE due_at < now() + interval '91 seconds'");
    ck_ok(kl_queue_claim(fixture.handle, &first, &first_waba, 10, 60000, &batch, &error));
    ck_assert_uint_eq(kl_batch_count(batch), 2);
    kl_batch_free(batch);
}
END_TEST

START_TEST(what_a_person_pauses_stays_paused_when_the_breaker_closes)
{
    kl_error *error = NULL;
    two_vendors();
    kl_uuid other = campaign_of(&first, &first_waba);
    ck_ok(kl_campaign_pause(fixture.handle, &first, &other, "not today", &error));
    trip((breaker_cause){.scope = KL_BREAKER_CAMPAIGN, .vendor_id = first, .campaign_id = &first_campaign, .code = 132000});
    ck_ok(kl_campaign_resume(fixture.handle, &first, &first_campaign, &error));
    ck_ok(kl_campaign_pause(fixture.handle, &first, &first_campaign, "nor this one", &error));
    kl_breaker_page *page = breakers_of(&first);
    kl_uuid id = kl_breaker_id(kl_breaker_page_at(page, 0));
    kl_breaker_page_free(page);
    ck_ok(kl_breaker_resume(fixture.handle, &first, &id, &error));
    has_status(&first_campaign, "PAUSED");
    has_status(&other, "PAUSED");
}
END_TEST

START_TEST(a_paused_campaign_says_why_and_hands_out_no_batch)
{
    kl_error *error = NULL;
    kl_campaign *campaign = NULL;
    kl_batch *batch = NULL;
    char text[2000] = "";
    two_vendors();
    while (strlen(text) < 1200)
        strcat(text, "\xE2\x82\xAC");
    trip((breaker_cause){.scope = KL_BREAKER_CAMPAIGN, .vendor_id = first, .campaign_id = &first_campaign, .code = 132000,
                         .text = text});
    ck_ok(kl_campaign_get(fixture.handle, &first, &first_campaign, &campaign, &error));
    ck_assert_int_eq(kl_campaign_status_of(campaign), KL_CAMPAIGN_PAUSED);
    ck_assert_uint_eq(strlen(kl_campaign_pause_reason(campaign)), 498);
    kl_campaign_free(campaign);
    ck_fails(KL_ERR_STATE, kl_batch_claim(fixture.handle, &first, &first_campaign, 60000, &batch, &error));
    kl_breaker_page *page = breakers_of(&first);
    kl_uuid id = kl_breaker_id(kl_breaker_page_at(page, 0));
    kl_breaker_page_free(page);
    ck_ok(kl_breaker_resume(fixture.handle, &first, &id, &error));
    ck_ok(kl_batch_claim(fixture.handle, &first, &first_campaign, 60000, &batch, &error));
    kl_batch_free(batch);
}
END_TEST

START_TEST(a_shared_breaker_is_closed_by_the_platform_only)
{
    kl_error *error = NULL;
    kl_breaker_page *page = NULL;
    two_vendors();
    kl_uuid stranger = fixture_vendor("stranger", 0);
    trip_number(&first, 131048, 0);
    ck_ok(kl_breaker_list_shared(fixture.handle, NULL, 100, &page, &error));
    ck_assert_uint_eq(kl_breaker_page_count(page), 1);
    kl_uuid id = kl_breaker_id(kl_breaker_page_at(page, 0));
    ck_assert_int_eq(kl_breaker_resumes_at(kl_breaker_page_at(page, 0)), 0);
    kl_breaker_page_free(page);
    ck_fails(KL_ERR_STATE, kl_breaker_resume(fixture.handle, &first, &id, &error));
    ck_fails(KL_ERR_STATE, kl_breaker_resume(fixture.handle, &second, &id, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_breaker_resume(fixture.handle, &stranger, &id, &error));
    ck_assert_int_eq(lanes_of(&first), 0);
    ck_ok(kl_breaker_resume_shared(fixture.handle, &id, &error));
    ck_assert_int_eq(lanes_of(&first), 1);
    ck_assert_int_eq(lanes_of(&second), 1);
    ck_fails(KL_ERR_NOT_FOUND, kl_breaker_resume_shared(fixture.handle, &id, &error));
    trip_waba(&first, 190);
    page = breakers_of(&first);
    id = kl_breaker_id(kl_breaker_page_at(page, 0));
    kl_breaker_page_free(page);
    ck_fails(KL_ERR_NOT_FOUND, kl_breaker_resume_shared(fixture.handle, &id, &error));
}
END_TEST

START_TEST(a_breaker_closes_by_itself_when_its_time_is_up)
{
    kl_error *error = NULL;
    int64_t closed = -1;
    two_vendors();
    trip_number(&first, 131048, 3600000);
    trip((breaker_cause){.scope = KL_BREAKER_TEMPLATE, .vendor_id = second, .campaign_id = &second_campaign, .code = 132015,
                         .resume_after_ms = 3600000});
    trip_waba(&second, 190);
    ck_ok(breaker_close_expired(fixture.handle, 10, &closed, &error));
    ck_assert_int_eq(closed, 0);
    harness_exec(fixture.admin, "UPDATE kloyst.breaker SET resumes_at = now() - interval '1 second' WHERE resumes_at IS NOT NULL;"
                                "UPDATE kloyst.breaker_note SET resumes_at = now() - interval '1 second'");
    ck_assert_int_eq(lanes_of(&first), 1);
    has_status(&second_campaign, "PAUSED");
    ck_assert_uint_eq(count_of(&first), 0);
    ck_assert_uint_eq(count_of(&second), 1);
    ck_ok(breaker_close_expired(fixture.handle, 10, &closed, &error));
    ck_assert_int_eq(closed, 2);
    has_status(&second_campaign, "QUEUED");
    ck_assert_uint_eq(count_of(&second), 1); /* by hand only */
    char *left = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.breaker_note");
    ck_assert_str_eq(left, "0");
    free(left);
}
END_TEST

START_TEST(tripped_again_it_is_one_breaker_that_lasts_the_longer_time)
{
    two_vendors();
    trip_number(&first, 131048, 7200000);
    trip_number(&second, 131048, 1000);
    kl_breaker_page *page = breakers_of(&first);
    ck_assert_uint_eq(kl_breaker_page_count(page), 1);
    const kl_breaker *breaker = kl_breaker_page_at(page, 0);
    ck_assert_int_gt(kl_breaker_resumes_at(breaker) - kl_breaker_opened_at(breaker), INT64_C(7000000000));
    kl_breaker_page_free(page);
    trip_number(&second, 131048, 0);
    trip_number(&second, 131048, 1000);
    page = breakers_of(&first);
    ck_assert_int_eq(kl_breaker_resumes_at(kl_breaker_page_at(page, 0)), 0);
    kl_breaker_page_free(page);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("breaker");
    TCase *tests = fixture_case("breakers");
    tcase_add_test(tests, a_fact_about_a_number_stops_every_vendor_that_sends_from_it);
    tcase_add_test(tests, what_may_be_a_vendors_own_token_stops_that_vendor_alone);
    tcase_add_test(tests, a_new_token_closes_what_the_old_one_opened_and_nothing_else);
    tcase_add_test(tests, a_vendor_cannot_stop_another_by_the_account_it_claims);
    tcase_add_test(tests, a_webhook_about_an_account_stops_all_its_vendors);
    tcase_add_test(tests, all_numbers_of_the_account_rest_with_it);
    tcase_add_test(tests, a_template_pauses_the_campaigns_that_use_it_and_no_others);
    tcase_add_loop_test(tests, a_campaign_stays_paused_while_another_breaker_holds_it, 0, 4);
    tcase_add_test(tests, nothing_is_queued_with_a_template_that_rests);
    tcase_add_test(tests, a_person_cannot_let_a_campaign_go_on_whose_template_rests);
    tcase_add_test(tests, single_messages_whose_template_rests_wait_and_block_nobody);
    tcase_add_test(tests, what_a_person_pauses_stays_paused_when_the_breaker_closes);
    tcase_add_test(tests, a_paused_campaign_says_why_and_hands_out_no_batch);
    tcase_add_test(tests, a_shared_breaker_is_closed_by_the_platform_only);
    tcase_add_test(tests, a_breaker_closes_by_itself_when_its_time_is_up);
    tcase_add_test(tests, tripped_again_it_is_one_breaker_that_lasts_the_longer_time);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
