/* Campaigns: create, preflight, enqueue with the hold, and the states they go through. */
#include <string.h>

#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"

static kl_uuid vendor, waba;

static void open_vendor(void)
{
    fixture_open();
    vendor = fixture_vendor("Acme", 10000000);
    waba = fixture_waba(&vendor, "106540352242922");
}

static kl_money available(const kl_uuid *vendor_id)
{
    kl_error *error = NULL;
    kl_wallet *wallet = NULL;
    ck_ok(kl_wallet_get(fixture.handle, vendor_id, &wallet, &error));
    kl_money amount = kl_wallet_available(wallet);
    kl_wallet_free(wallet);
    return amount;
}

static kl_status create(const char *parameters, kl_parameter_format format, kl_uuid *id, kl_error **error)
{
    kl_campaign *campaign = NULL;
    kl_campaign_options options = KL_CAMPAIGN_OPTIONS_INIT;
    options.name = "C";
    options.waba_account_id = &waba;
    options.template_name = "offer_1";
    options.template_language = "en";
    options.parameter_format = format;
    options.parameters = parameters;
    options.parameters_length = parameters ? strlen(parameters) : 0;
    options.price = 8631;
    kl_status status = kl_campaign_create(fixture.handle, &vendor, &options, &campaign, error);
    if (!status && id)
        *id = kl_campaign_id(campaign);
    kl_campaign_free(campaign);
    return status;
}

START_TEST(a_campaign_is_read_back_renamed_and_deleted_as_draft)
{
    kl_error *error = NULL;
    kl_campaign *campaign = NULL;
    kl_campaign_page *page = NULL;
    kl_uuid id = sent_campaign(&vendor, &waba, 8631);
    ck_ok(kl_campaign_rename(fixture.handle, &vendor, &id, "Holi", &error));
    ck_ok(kl_campaign_get(fixture.handle, &vendor, &id, &campaign, &error));
    ck_assert_str_eq(kl_campaign_name(campaign), "Holi");
    ck_assert_int_eq(kl_campaign_status_of(campaign), KL_CAMPAIGN_DRAFT);
    ck_assert_str_eq(kl_campaign_template_name(campaign), "diwali_offer");
    ck_assert_str_eq(kl_campaign_template_language(campaign), "en_US");
    ck_assert_int_eq(kl_campaign_price(campaign), 8631);
    ck_assert_int_eq(kl_campaign_queued_at(campaign), 0);
    ck_ok(kl_campaign_list(fixture.handle, &vendor, NULL, 10, &page, &error));
    ck_assert_uint_eq(kl_campaign_page_count(page), 1);
    ck_ok(kl_campaign_delete(fixture.handle, &vendor, &id, &error));
    kl_campaign_free(campaign);
    campaign = NULL;
    ck_fails(KL_ERR_NOT_FOUND, kl_campaign_get(fixture.handle, &vendor, &id, &campaign, &error));
    kl_campaign_page_free(page);
}
END_TEST

START_TEST(parameter_sources_that_make_no_sense_are_refused)
{
    kl_error *error = NULL;
    static const struct {
        const char *parameters;
        kl_parameter_format format;
        kl_status status;
    } cases[] = {
        {"{}", KL_PARAMETERS_POSITIONAL, KL_ERR_JSON},
        {"[", KL_PARAMETERS_POSITIONAL, KL_ERR_JSON},
        {"[1]", KL_PARAMETERS_POSITIONAL, KL_ERR_FORMAT},
        {"[{}]", KL_PARAMETERS_POSITIONAL, KL_ERR_FORMAT},
        {"[{\"attribute\":\"\"}]", KL_PARAMETERS_POSITIONAL, KL_ERR_FORMAT},
        {"[{\"attribute\":1}]", KL_PARAMETERS_POSITIONAL, KL_ERR_FORMAT},
        {"[{\"attribute\":\"a\",\"text\":\"b\"}]", KL_PARAMETERS_POSITIONAL, KL_ERR_FORMAT},
        {"[{\"text\":\"b\",\"fallback\":\"c\"}]", KL_PARAMETERS_POSITIONAL, KL_ERR_FORMAT},
        {"[{\"text\":\"\"}]", KL_PARAMETERS_POSITIONAL, KL_ERR_FORMAT},
        {"[{\"text\":\"a\\nb\"}]", KL_PARAMETERS_POSITIONAL, KL_ERR_FORMAT},
        {"[{\"mobile\":false}]", KL_PARAMETERS_POSITIONAL, KL_ERR_FORMAT},
        {"[{\"attribute\":\"a\",\"fallback\":\"x     y\"}]", KL_PARAMETERS_POSITIONAL, KL_ERR_FORMAT},
        {"[{\"attribute\":\"a\",\"name\":\"n\"}]", KL_PARAMETERS_POSITIONAL, KL_ERR_FORMAT},
        {"[{\"attribute\":\"a\"}]", KL_PARAMETERS_NAMED, KL_ERR_FORMAT},
        {"[{\"attribute\":\"a\",\"name\":\"N\"}]", KL_PARAMETERS_NAMED, KL_ERR_FORMAT},
        {"[{\"attribute\":\"a\",\"name\":\"n\"},{\"text\":\"b\",\"name\":\"n\"}]", KL_PARAMETERS_NAMED, KL_ERR_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kl_status status = create(cases[i].parameters, cases[i].format, NULL, &error);
        ck_assert_msg(status == cases[i].status, "%s: %s %s", cases[i].parameters, kl_status_name(status), kl_error_message(error));
        kl_error_free(error);
        error = NULL;
    }
    ck_ok(create("[{\"attribute\":\"a\",\"name\":\"n\"},{\"mobile\":true,\"name\":\"m\"}]", KL_PARAMETERS_NAMED, NULL, &error));
    ck_ok(create(NULL, KL_PARAMETERS_POSITIONAL, NULL, &error));
}
END_TEST

START_TEST(preflight_counts_and_lists_what_does_not_resolve_and_changes_nothing)
{
    kl_error *error = NULL;
    kl_preflight *preflight = NULL;
    kl_uuid id;
    fixture_contacts(&vendor, 5);
    ck_ok(kl_contact_upsert(fixture.handle, &vendor, "+919811111111", NULL, "{\"name\":\"\"}", 11, NULL, &error));
    ck_ok(kl_contact_upsert(fixture.handle, &vendor, "+919811111112", NULL, "{\"name\":\"a\\tb\",\"city\":\"x\"}", 26, NULL, &error));
    ck_ok(kl_contact_upsert(fixture.handle, &vendor, "+919811111113", NULL, "{\"name\":7,\"city\":true}", 22, NULL, &error));
    ck_ok(create("[{\"attribute\":\"name\"},{\"attribute\":\"city\"},{\"mobile\":true},{\"text\":\"10 %\"}]", KL_PARAMETERS_POSITIONAL,
                 &id, &error));
    ck_ok(kl_campaign_preflight(fixture.handle, &vendor, &id, 10, &preflight, &error));
    ck_assert_int_eq(kl_preflight_contacts(preflight), 8);
    ck_assert_int_eq(kl_preflight_invalid(preflight), 2);
    ck_assert_int_eq(kl_preflight_cost(preflight), 6 * 8631);
    ck_assert_int_eq(kl_preflight_available(preflight), 10000000);
    ck_assert_uint_eq(kl_preflight_listed(preflight), 2);
    ck_assert_str_eq(kl_preflight_mobile(preflight, 0), "919811111111");
    ck_assert_int_eq(kl_preflight_parameter(preflight, 0), 1);
    ck_assert_ptr_nonnull(strstr(kl_preflight_reason(preflight, 1), "tab"));
    ck_assert_str_eq(kl_preflight_mobile(preflight, 2), "");
    kl_preflight_free(preflight);
    ck_ok(kl_campaign_preflight(fixture.handle, &vendor, &id, 1, &preflight, &error));
    ck_assert_uint_eq(kl_preflight_listed(preflight), 1);
    ck_assert_int_eq(kl_preflight_invalid(preflight), 2);
    kl_preflight_free(preflight);
    ck_assert_int_eq(available(&vendor), 10000000);
}
END_TEST

START_TEST(enqueue_refuses_or_leaves_out_contacts_that_do_not_resolve)
{
    kl_error *error = NULL;
    int64_t recipients = 0;
    kl_uuid id;
    fixture_contacts(&vendor, 3);
    ck_ok(kl_contact_upsert(fixture.handle, &vendor, "+919811111111", NULL, NULL, 0, NULL, &error));
    ck_ok(create("[{\"attribute\":\"name\"}]", KL_PARAMETERS_POSITIONAL, &id, &error));
    ck_fails(KL_ERR_INVALID_RECIPIENTS, kl_campaign_enqueue(fixture.handle, &vendor, &id, 0, &recipients, &error));
    ck_assert_int_eq(available(&vendor), 10000000);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &id, 1, &recipients, &error));
    ck_assert_int_eq(recipients, 3);
    kl_campaign_stats stats = sent_stats(&vendor, &id);
    ck_assert_int_eq(stats.left_out, 1);
    ck_assert_int_eq(stats.waiting, 3);
    ck_assert_int_eq(stats.held, 3 * 8631);
}
END_TEST

START_TEST(enqueue_holds_the_money_once_and_freezes_parameters_and_price)
{
    kl_error *error = NULL;
    int64_t recipients = 0;
    fixture_contacts(&vendor, 1003);
    kl_uuid id = sent_campaign(&vendor, &waba, 8631);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &id, 0, &recipients, &error));
    ck_assert_int_eq(recipients, 1003);
    ck_assert_int_eq(available(&vendor), 10000000 - 1003 * 8631);
    ck_fails(KL_ERR_STATE, kl_campaign_enqueue(fixture.handle, &vendor, &id, 0, &recipients, &error));
    ck_fails(KL_ERR_STATE, kl_campaign_delete(fixture.handle, &vendor, &id, &error));
    kl_preflight *preflight = NULL;
    ck_fails(KL_ERR_STATE, kl_campaign_preflight(fixture.handle, &vendor, &id, 1, &preflight, &error));
    ck_assert_int_eq(available(&vendor), 10000000 - 1003 * 8631);
    char *sizes = harness_query_text(fixture.admin, "SELECT string_agg(size || ':' || amount, ' ' ORDER BY no) FROM kloyst.batch");
    ck_assert_str_eq(sizes, "500:431.5500 500:431.5500 3:2.5893");
    free(sizes);
    char *first = harness_query_text(fixture.admin, "SELECT parameters || price::text FROM kloyst.recipient ORDER BY id LIMIT 1");
    harness_exec(fixture.admin, "UPDATE kloyst.contact SET attributes = '{\"name\":\"changed\"}'");
    char *later = harness_query_text(fixture.admin, "SELECT parameters || price::text FROM kloyst.recipient ORDER BY id LIMIT 1");
    ck_assert_str_eq(first, later);
    free(first);
    free(later);
}
END_TEST

START_TEST(enqueue_without_enough_money_or_recipients_changes_nothing)
{
    kl_error *error = NULL;
    int64_t recipients = -1;
    kl_uuid id = sent_campaign(&vendor, &waba, 8631);
    ck_fails(KL_ERR_EMPTY, kl_campaign_enqueue(fixture.handle, &vendor, &id, 0, &recipients, &error));
    fixture_contacts(&vendor, 10);
    kl_uuid dear = sent_campaign(&vendor, &waba, 1000001);
    ck_fails(KL_ERR_INSUFFICIENT, kl_campaign_enqueue(fixture.handle, &vendor, &dear, 0, &recipients, &error));
    kl_uuid huge = sent_campaign(&vendor, &waba, KL_MONEY_MAX);
    ck_fails(KL_ERR_INSUFFICIENT, kl_campaign_enqueue(fixture.handle, &vendor, &huge, 0, &recipients, &error));
    ck_assert_int_eq(recipients, -1);
    char *left = harness_query_text(fixture.admin, "SELECT (SELECT count(*) FROM kloyst.recipient) + (SELECT count(*) FROM kloyst.batch) + "
                                                   "(SELECT count(*) FROM kloyst.hold) + (SELECT count(*) FROM kloyst.lane)");
    ck_assert_str_eq(left, "0");
    free(left);
    kl_uuid exact = sent_campaign(&vendor, &waba, 1000000);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &exact, 0, &recipients, &error));
    ck_assert_int_eq(available(&vendor), 0);
}
END_TEST

START_TEST(a_free_campaign_needs_no_money_and_leaves_no_ledger_row)
{
    kl_error *error = NULL;
    kl_uuid poor = fixture_vendor("Dedicated", 0);
    kl_uuid own = fixture_waba(&poor, "55");
    kl_uuid saved_waba = waba;
    fixture_contacts(&poor, 4);
    kl_uuid id = sent_campaign(&poor, &own, 0);
    ck_ok(kl_campaign_enqueue(fixture.handle, &poor, &id, 0, NULL, &error));
    ck_assert_int_eq(sent_drain(&poor, &id, 2), 1);
    kl_campaign_stats stats = sent_stats(&poor, &id);
    ck_assert_int_eq(stats.sent, 2);
    ck_assert_int_eq(stats.failed, 2);
    ck_assert_int_eq(stats.debited + stats.refunded + stats.held, 0);
    char *rows = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.transaction WHERE type <> 'CREDIT_RECHARGE'");
    ck_assert_str_eq(rows, "0");
    free(rows);
    waba = saved_waba;
}
END_TEST

START_TEST(another_vendors_campaign_is_answered_like_none)
{
    kl_error *error = NULL;
    kl_uuid other = fixture_vendor("Other", 10000), id = sent_campaign(&vendor, &waba, 1), none;
    kl_uuid_generate(&none);
    fixture_contacts(&vendor, 2);
    kl_campaign *campaign = NULL;
    kl_preflight *preflight = NULL;
    kl_campaign_stats stats;
    const kl_uuid *ids[] = {&id, &none};
    for (int i = 0; i < 2; i++) {
        ck_fails(KL_ERR_NOT_FOUND, kl_campaign_get(fixture.handle, &other, ids[i], &campaign, &error));
        ck_fails(KL_ERR_NOT_FOUND, kl_campaign_rename(fixture.handle, &other, ids[i], "x", &error));
        ck_fails(KL_ERR_NOT_FOUND, kl_campaign_delete(fixture.handle, &other, ids[i], &error));
        ck_fails(KL_ERR_NOT_FOUND, kl_campaign_preflight(fixture.handle, &other, ids[i], 1, &preflight, &error));
        ck_fails(KL_ERR_NOT_FOUND, kl_campaign_enqueue(fixture.handle, &other, ids[i], 0, NULL, &error));
        ck_fails(KL_ERR_NOT_FOUND, kl_campaign_stats_get(fixture.handle, &other, ids[i], &stats, &error));
    }
    kl_campaign_options options = KL_CAMPAIGN_OPTIONS_INIT;
    options.name = "C";
    options.waba_account_id = &waba; /* the other vendor's */
    options.template_name = "t";
    options.template_language = "en";
    ck_fails(KL_ERR_NOT_FOUND, kl_campaign_create(fixture.handle, &other, &options, NULL, &error));
    options.waba_account_id = &none;
    ck_fails(KL_ERR_NOT_FOUND, kl_campaign_create(fixture.handle, &other, &options, NULL, &error));
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
    kl_error *error = NULL;
    kl_uuid id = sent_campaign(&vendor, &waba, 1);
    kl_campaign_options good = KL_CAMPAIGN_OPTIONS_INIT;
    good.name = "C";
    good.waba_account_id = &waba;
    good.template_name = "t";
    good.template_language = "en";
    kl_campaign_options bad = good;
    ck_fails(KL_ERR_ARGUMENT, kl_campaign_create(fixture.handle, &vendor, NULL, NULL, &error));
    bad.size = 3;
    ck_fails(KL_ERR_ARGUMENT, kl_campaign_create(fixture.handle, &vendor, &bad, NULL, &error));
    bad = good;
    bad.name = "";
    ck_fails(KL_ERR_ARGUMENT, kl_campaign_create(fixture.handle, &vendor, &bad, NULL, &error));
    bad = good;
    bad.name = "\xc3\x28";
    ck_fails(KL_ERR_ENCODING, kl_campaign_create(fixture.handle, &vendor, &bad, NULL, &error));
    bad = good;
    bad.template_name = "Bad Name";
    ck_fails(KL_ERR_FORMAT, kl_campaign_create(fixture.handle, &vendor, &bad, NULL, &error));
    bad = good;
    bad.template_language = "english";
    ck_fails(KL_ERR_FORMAT, kl_campaign_create(fixture.handle, &vendor, &bad, NULL, &error));
    bad = good;
    bad.price = -2;
    ck_fails(KL_ERR_ARGUMENT, kl_campaign_create(fixture.handle, &vendor, &bad, NULL, &error));
    bad.price = KL_MONEY_MAX + 1;
    ck_fails(KL_ERR_ARGUMENT, kl_campaign_create(fixture.handle, &vendor, &bad, NULL, &error));
    bad = good;
    bad.parameter_format = (kl_parameter_format)7;
    ck_fails(KL_ERR_ARGUMENT, kl_campaign_create(fixture.handle, &vendor, &bad, NULL, &error));
    kl_preflight *preflight = NULL;
    ck_fails(KL_ERR_ARGUMENT, kl_campaign_preflight(fixture.handle, &vendor, &id, -1, &preflight, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_campaign_enqueue(fixture.handle, NULL, &id, 0, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_campaign_enqueue(fixture.handle, &vendor, NULL, 0, NULL, &error));
    kl_campaign_page *page = NULL;
    ck_fails(KL_ERR_ARGUMENT, kl_campaign_list(fixture.handle, &vendor, NULL, 0, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_campaign_list(fixture.handle, &vendor, NULL, 1001, &page, &error));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("campaign");
    TCase *test_case = tcase_create("campaign");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_vendor, fixture_close);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, a_campaign_is_read_back_renamed_and_deleted_as_draft);
    tcase_add_test(test_case, parameter_sources_that_make_no_sense_are_refused);
    tcase_add_test(test_case, preflight_counts_and_lists_what_does_not_resolve_and_changes_nothing);
    tcase_add_test(test_case, enqueue_refuses_or_leaves_out_contacts_that_do_not_resolve);
    tcase_add_test(test_case, enqueue_holds_the_money_once_and_freezes_parameters_and_price);
    tcase_add_test(test_case, enqueue_without_enough_money_or_recipients_changes_nothing);
    tcase_add_test(test_case, a_free_campaign_needs_no_money_and_leaves_no_ledger_row);
    tcase_add_test(test_case, another_vendors_campaign_is_answered_like_none);
    tcase_add_test(test_case, bad_arguments_are_refused);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
