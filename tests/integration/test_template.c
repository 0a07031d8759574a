/* Promises of stored templates: what is read of them, what is checked against them, and what a change of one does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/template.h"
#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"

#define h fixture.handle
#define WABA_ID "102290129340398" /* of fixture_waba() */

static kl_uuid vendor, account;

static void start(void)
{
    vendor = fixture_vendor("A", 1000000000);
    account = fixture_waba(&vendor, "106540352242922");
    fixture_contacts(&vendor, 3);
}

static kl_template *store(const kl_uuid *who, const kl_uuid *where, const char *name, const char *status, const char *category,
                          const char *components)
{
    char json[3000];
    kl_error *error = NULL;
    kl_template *t = NULL;
    snprintf(json, sizeof json,
             "{\"name\":\"%s\",\"language\":\"en_US\",\"status\":\"%s\",\"category\":\"%s\",\"id\":\"77\",\"components\":%s}", name,
             status, category, components);
    ck_ok(kl_template_upsert(h, who, where, json, strlen(json), &t, &error));
    return t;
}

static void stored(const char *status, const char *category, const char *components)
{
    kl_template_free(store(&vendor, &account, "diwali_offer", status, category, components));
}
#define BODY "[{\"type\":\"BODY\",\"text\":\"Hello {{1}}\"}]"

static kl_campaign_options options(const char *parameters)
{
    kl_campaign_options o = KL_CAMPAIGN_OPTIONS_INIT;
    o.name = "Diwali";
    o.waba_account_id = &account;
    o.template_name = "diwali_offer";
    o.template_language = "en_US";
    o.parameters = parameters;
    o.parameters_length = parameters ? strlen(parameters) : 0;
    o.price = 100;
    return o;
}

static kl_uuid created(const kl_campaign_options *o)
{
    kl_error *error = NULL;
    kl_campaign *campaign = NULL;
    ck_ok(kl_campaign_create(h, &vendor, o, &campaign, &error));
    kl_uuid id = kl_campaign_id(campaign);
    kl_campaign_free(campaign);
    return id;
}

static void refused(const kl_campaign_options *o, const char *message)
{
    kl_error *error = NULL;
    ck_assert_int_eq(kl_campaign_create(h, &vendor, o, NULL, &error), KL_ERR_TEMPLATE);
    ck_assert_msg(strstr(kl_error_message(error), message) != NULL, "%s", kl_error_message(error));
    kl_error_free(error);
}

static kl_campaign_status state(const kl_uuid *campaign_id)
{
    kl_error *error = NULL;
    kl_campaign *campaign = NULL;
    ck_ok(kl_campaign_get(h, &vendor, campaign_id, &campaign, &error));
    kl_campaign_status status = kl_campaign_status_of(campaign);
    kl_campaign_free(campaign);
    return status;
}

static void told(const template_change *change)
{
    kl_error *error = NULL;
    ck_ok(template_changed(h, WABA_ID, change, &error));
}

START_TEST(what_meta_said_is_read_back)
{
    kl_error *error = NULL;
    kl_template *found = NULL, *t = store(&vendor, &account, "diwali_offer", "APPROVED", "MARKETING",
                                          "[{\"type\":\"HEADER\",\"format\":\"IMAGE\"},{\"type\":\"BODY\",\"text\":\"Hi {{1}}\"}]");
    kl_uuid id = kl_template_id(t), same;
    ck_assert_str_eq(kl_template_waba_id(t), WABA_ID);
    ck_assert_str_eq(kl_template_meta_id(t), "77");
    ck_assert_str_eq(kl_template_name(t), "diwali_offer");
    ck_assert_str_eq(kl_template_language(t), "en_US");
    ck_assert_int_eq(kl_template_category_of(t), KL_CATEGORY_MARKETING);
    ck_assert_str_eq(kl_template_status(t), "APPROVED");
    ck_assert_str_eq(kl_template_quality(t), "UNKNOWN");
    ck_assert_int_eq(kl_template_parameter_format(t), KL_PARAMETERS_POSITIONAL);
    ck_assert_uint_eq(kl_template_parameter_count(t), 2);
    ck_assert_str_eq(kl_template_parameter_place(t, 0), "header:image");
    ck_assert_str_eq(kl_template_parameter_place(t, 1), "body");
    ck_assert_str_eq(kl_template_parameter_place(t, 2), "");
    ck_assert_str_eq(kl_template_parameter_name(t, 1), "");
    ck_assert_ptr_nonnull(strstr(kl_template_components(t), "\"Hi {{1}}\""));
    ck_assert_str_eq(kl_template_unsupported(t), "");
    ck_assert_int_gt(kl_template_created_at(t), 0);
    kl_template_free(t);
    ck_ok(kl_template_find(h, &vendor, &account, "diwali_offer", "en_US", &found, &error));
    same = kl_template_id(found);
    ck_assert_int_eq(memcmp(&id, &same, sizeof id), 0);
    kl_template_free(found);
    t = store(&vendor, &account, "diwali_offer", "REJECTED", "UTILITY", "[{\"type\":\"BODY\",\"text\":\"Hi\"}]");
    same = kl_template_id(t);
    ck_assert_int_eq(memcmp(&id, &same, sizeof id), 0);
    ck_assert_uint_eq(kl_template_parameter_count(t), 0);
    ck_assert_int_eq(kl_template_category_of(t), KL_CATEGORY_UTILITY);
    kl_template_free(t);
    kl_template_page *page = NULL;
    ck_ok(kl_template_list(h, &vendor, NULL, 10, &page, &error));
    ck_assert_uint_eq(kl_template_page_count(page), 1);
    kl_template_page_free(page);
    ck_ok(kl_template_delete(h, &vendor, &id, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_template_get(h, &vendor, &id, &found, &error));
}
END_TEST

START_TEST(an_account_without_stored_templates_is_not_checked)
{
    kl_campaign_options o = options("[{\"attribute\":\"name\"},{\"text\":\"x\"},{\"text\":\"y\"}]");
    created(&o);
}
END_TEST

START_TEST(a_campaign_takes_what_the_stored_template_takes)
{
    kl_campaign_options o = options("[{\"attribute\":\"name\"}]");
    stored("APPROVED", "MARKETING", "[{\"type\":\"BODY\",\"text\":\"{{1}} {{2}}\"}]");
    refused(&o, "one more parameter in body");
    o = options("[{\"attribute\":\"name\"},{\"text\":\"x\"}]");
    created(&o);
    stored("APPROVED", "MARKETING", BODY);
    refused(&o, "parameter 2");
    stored("PENDING", "MARKETING", "[{\"type\":\"BODY\",\"text\":\"{{1}} {{2}}\"}]");
    refused(&o, "PENDING");
    o.template_name = "other";
    refused(&o, "no such template");
}
END_TEST

START_TEST(names_are_compared_too)
{
    static const char json[] = "{\"name\":\"diwali_offer\",\"language\":\"en_US\",\"status\":\"APPROVED\",\"category\":\"UTILITY\","
                               "\"parameter_format\":\"NAMED\",\"components\":[{\"type\":\"HEADER\",\"format\":\"TEXT\",\"text\":\"{{who}}\"},"
                               "{\"type\":\"BODY\",\"text\":\"{{who}} {{what}}\"}]}";
    kl_error *error = NULL;
    ck_ok(kl_template_upsert(h, &vendor, &account, json, strlen(json), NULL, &error));
    kl_campaign_options o = options("[{\"name\":\"what\",\"text\":\"x\"},{\"name\":\"who\",\"attribute\":\"name\"},"
                                    "{\"name\":\"who\",\"place\":\"header:text\",\"text\":\"You\"}]");
    o.parameter_format = KL_PARAMETERS_NAMED;
    kl_uuid id = created(&o);
    kl_batch *batch = NULL;
    ck_ok(kl_campaign_enqueue(h, &vendor, &id, 0, NULL, &error));
    ck_ok(kl_batch_claim(h, &vendor, &id, 60000, &batch, &error));
    ck_assert_msg(strstr(kl_batch_body(batch, 0),
                         "\"components\":[{\"type\":\"header\",\"parameters\":[{\"type\":\"text\",\"parameter_name\":\"who\",\"text\":\"You\"}]},"
                         "{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"parameter_name\":\"what\",\"text\":\"x\"},"
                         "{\"type\":\"text\",\"parameter_name\":\"who\",\"text\":\"Name 0\"}]}]") != NULL,
                  "%s", kl_batch_body(batch, 0));
    kl_batch_free(batch);
    o = options("[{\"name\":\"what\",\"text\":\"x\"},{\"name\":\"whom\",\"text\":\"y\"},"
                "{\"name\":\"who\",\"place\":\"header:text\",\"text\":\"You\"}]");
    o.parameter_format = KL_PARAMETERS_NAMED;
    refused(&o, "\"who\" in body");
}
END_TEST

START_TEST(headers_and_buttons_of_campaigns_are_sent)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    stored("APPROVED", "MARKETING",
           "[{\"type\":\"HEADER\",\"format\":\"IMAGE\"},{\"type\":\"BODY\",\"text\":\"Hi {{1}}\"},{\"type\":\"BUTTONS\",\"buttons\":"
           "[{\"type\":\"QUICK_REPLY\",\"text\":\"Stop\"},{\"type\":\"URL\",\"text\":\"Shop\",\"url\":\"https://a.example/{{1}}\"}]}]");
    kl_campaign_options o = options("[{\"attribute\":\"name\"},{\"place\":\"button:1:url\",\"attribute\":\"city\"},"
                                    "{\"place\":\"header:image\",\"text\":\"https://a.example/x.png\"}]");
    kl_uuid id = created(&o);
    ck_ok(kl_campaign_enqueue(h, &vendor, &id, 0, NULL, &error));
    ck_ok(kl_batch_claim(h, &vendor, &id, 60000, &batch, &error));
    ck_assert_msg(strstr(kl_batch_body(batch, 0),
                         "\"components\":[{\"type\":\"header\",\"parameters\":[{\"type\":\"image\",\"image\":{\"link\":\"https://a.example/x.png\"}}]},"
                         "{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"text\":\"Name 0\"}]},"
                         "{\"type\":\"button\",\"sub_type\":\"url\",\"index\":\"1\",\"parameters\":[{\"type\":\"text\",\"text\":\"City 0\"}]}]") != NULL,
                  "%s", kl_batch_body(batch, 0));
    kl_batch_free(batch);
    o = options("[{\"attribute\":\"name\"},{\"place\":\"header:image\",\"attribute\":\"photo\"}]");
    ck_fails(KL_ERR_FORMAT, kl_campaign_create(h, &vendor, &o, NULL, &error));
    o = options("[{\"attribute\":\"name\"},{\"place\":\"header:image\",\"text\":\"no link\"}]");
    ck_fails(KL_ERR_FORMAT, kl_campaign_create(h, &vendor, &o, NULL, &error));
    o = options("[{\"attribute\":\"name\"},{\"place\":\"tail\",\"text\":\"x\"}]");
    ck_fails(KL_ERR_FORMAT, kl_campaign_create(h, &vendor, &o, NULL, &error));
}
END_TEST

START_TEST(a_draft_is_checked_again_when_it_is_enqueued)
{
    kl_error *error = NULL;
    kl_preflight *preflight = NULL;
    kl_campaign_options o = options("[{\"attribute\":\"name\"}]");
    kl_uuid id = created(&o);
    stored("PAUSED", "UTILITY", BODY);
    ck_fails(KL_ERR_TEMPLATE, kl_campaign_preflight(h, &vendor, &id, 0, &preflight, &error));
    ck_fails(KL_ERR_TEMPLATE, kl_campaign_enqueue(h, &vendor, &id, 0, NULL, &error));
    ck_assert_int_eq(state(&id), KL_CAMPAIGN_DRAFT);
    stored("APPROVED", "UTILITY", BODY);
    ck_ok(kl_campaign_enqueue(h, &vendor, &id, 0, NULL, &error));
    char *category = harness_query_text(fixture.admin, "SELECT category::text FROM kloyst.campaign WHERE template_id IS NOT NULL");
    ck_assert_str_eq(category, "UTILITY");
    free(category);
    kl_template *t = NULL;
    ck_ok(kl_template_find(h, &vendor, &account, "diwali_offer", "en_US", &t, &error));
    kl_uuid template_id = kl_template_id(t);
    kl_template_free(t);
    ck_fails(KL_ERR_IN_USE, kl_template_delete(h, &vendor, &template_id, &error));
}
END_TEST

START_TEST(the_category_decides_who_gets_a_campaign_and_at_what_price)
{
    kl_error *error = NULL;
    kl_preflight *preflight = NULL;
    harness_exec(fixture.admin, "UPDATE kloyst.contact SET opted_out_at = now() WHERE mobile = '919800000001'");
    ck_ok(kl_rate_set(h, KL_CATEGORY_UTILITY, "IN", 1, 1150, &error));
    ck_ok(kl_rate_set(h, KL_CATEGORY_MARKETING, "IN", 1, 8631, &error));
    kl_campaign_options o = options("[{\"attribute\":\"name\"}]");
    o.price = KL_PRICE_BY_RATE_CARD;
    o.category = KL_CATEGORY_UTILITY;
    kl_uuid id = created(&o);
    ck_ok(kl_campaign_preflight(h, &vendor, &id, 0, &preflight, &error));
    ck_assert_int_eq(kl_preflight_cost(preflight), 3 * 1150);
    kl_preflight_free(preflight);
    preflight = NULL;
    stored("APPROVED", "MARKETING", BODY);
    ck_ok(kl_campaign_preflight(h, &vendor, &id, 0, &preflight, &error));
    ck_assert_int_eq(kl_preflight_cost(preflight), 2 * 8631);
    ck_assert_int_eq(kl_preflight_opted_out(preflight), 1);
    kl_preflight_free(preflight);
}
END_TEST

START_TEST(a_template_that_is_not_approved_any_more_stops_its_campaigns_until_it_is)
{
    kl_error *error = NULL;
    kl_breaker_page *breakers = NULL;
    stored("APPROVED", "MARKETING", BODY);
    kl_uuid other_vendor = fixture_vendor("B", 1000000), other_account = fixture_waba(&other_vendor, "200");
    kl_template_free(store(&other_vendor, &other_account, "unrelated", "APPROVED", "UTILITY", BODY));
    kl_campaign_options o = options("[{\"attribute\":\"name\"}]");
    kl_uuid id = created(&o);
    ck_ok(kl_campaign_enqueue(h, &vendor, &id, 0, NULL, &error));
    const template_change paused = {.name = "diwali_offer", .language = "en_US", .status = "PAUSED", .reason = "quality"};
    told(&paused);
    told(&paused);
    ck_assert_int_eq(state(&id), KL_CAMPAIGN_PAUSED);
    ck_ok(kl_breaker_list(h, &vendor, NULL, 10, &breakers, &error));
    ck_assert_uint_eq(kl_breaker_page_count(breakers), 1);
    const kl_breaker *breaker = kl_breaker_page_at(breakers, 0);
    ck_assert_int_eq(kl_breaker_code(breaker), 132015);
    ck_assert_msg(strstr(kl_breaker_reason(breaker), "PAUSED") != NULL, "%s", kl_breaker_reason(breaker));
    kl_breaker_page_free(breakers);
    breakers = NULL;
    ck_ok(kl_breaker_list(h, &other_vendor, NULL, 10, &breakers, &error));
    ck_assert_uint_eq(kl_breaker_page_count(breakers), 0);
    kl_breaker_page_free(breakers);
    const template_change again = {.meta_id = "77", .status = template_status_after("REINSTATED")};
    told(&again);
    told(&again);
    ck_assert_int_ne(state(&id), KL_CAMPAIGN_PAUSED);
    sent_drain(&vendor, &id, 0);
    ck_assert_int_eq(state(&id), KL_CAMPAIGN_COMPLETED);
}
END_TEST

START_TEST(a_change_reaches_every_vendor_of_the_account_and_no_other_template)
{
    kl_error *error = NULL;
    kl_template *t = NULL;
    kl_uuid second = fixture_vendor("B", 0), second_account = fixture_waba(&second, "106540352242922");
    stored("APPROVED", "MARKETING", BODY);
    kl_template_free(store(&second, &second_account, "diwali_offer", "APPROVED", "MARKETING", BODY));
    kl_template_free(store(&vendor, &account, "diwali_offer_2", "APPROVED", "MARKETING", BODY));
    told(&(template_change){.name = "diwali_offer", .language = "en_US", .quality = "RED", .status = "DISABLED"});
    const kl_uuid *vendors[] = {&vendor, &second}, *accounts[] = {&account, &second_account};
    for (int i = 0; i < 2; i++) {
        ck_ok(kl_template_find(h, vendors[i], accounts[i], "diwali_offer", "en_US", &t, &error));
        ck_assert_str_eq(kl_template_status(t), "DISABLED");
        ck_assert_str_eq(kl_template_quality(t), "RED");
        kl_template_free(t);
    }
    ck_ok(kl_template_find(h, &vendor, &account, "diwali_offer_2", "en_US", &t, &error));
    ck_assert_str_eq(kl_template_status(t), "APPROVED");
    kl_template_free(t);
    told(&(template_change){.name = "nobody_has_it", .language = "en_US", .status = "PAUSED"});
}
END_TEST

static void reconciles(const kl_uuid *id)
{
    kl_error *error = NULL;
    kl_campaign_account account_of;
    ck_ok(kl_campaign_reconcile(h, &vendor, id, &account_of, &error));
    ck_ok(kl_wallet_verify(h, &vendor, NULL, &error));
}

static kl_money held(void)
{
    kl_error *error = NULL;
    kl_wallet *wallet = NULL;
    ck_ok(kl_wallet_get(h, &vendor, &wallet, &error));
    kl_money money = kl_wallet_held(wallet);
    kl_wallet_free(wallet);
    return money;
}

/* A campaign of 3 + 1200 messages by the rate card, of which the first batch is paid for. */
static kl_uuid half_paid(kl_batch **first)
{
    kl_error *error = NULL;
    fixture_contacts(&vendor, 1203);
    ck_ok(kl_rate_set(h, KL_CATEGORY_UTILITY, "IN", 1, 1000, &error));
    ck_ok(kl_rate_set(h, KL_CATEGORY_MARKETING, "IN", 1, 8000, &error));
    stored("APPROVED", "UTILITY", BODY);
    kl_campaign_options o = options("[{\"attribute\":\"name\"}]");
    o.price = KL_PRICE_BY_RATE_CARD;
    kl_uuid id = created(&o);
    ck_ok(kl_campaign_enqueue(h, &vendor, &id, 0, NULL, &error));
    ck_ok(kl_batch_claim(h, &vendor, &id, 60000, first, &error));
    ck_assert_int_eq(held(), 703 * 1000);
    return id;
}

static const template_change to_marketing = {.name = "diwali_offer", .language = "en_US", .category = "MARKETING"};
static const template_change to_utility = {.name = "diwali_offer", .language = "en_US", .category = "UTILITY"};

START_TEST(a_new_category_prices_what_is_not_paid_anew_and_the_money_adds_up)
{
    kl_batch *first = NULL;
    kl_uuid id = half_paid(&first);
    told(&to_marketing);
    told(&to_marketing);
    ck_assert_int_eq(held(), 703 * 8000);
    reconciles(&id);
    told(&to_utility);
    ck_assert_int_eq(held(), 703 * 1000);
    reconciles(&id);
    told(&to_marketing);
    sent_complete(first, 0, kl_batch_count(first), 10);
    kl_batch_free(first);
    sent_drain(&vendor, &id, 7);
    ck_assert_int_eq(state(&id), KL_CAMPAIGN_COMPLETED);
    ck_assert_int_eq(held(), 0);
    reconciles(&id);
    char *spent = harness_query_text(fixture.admin,
                                     "SELECT sum(price) FROM kloyst.message_log WHERE status <> 'FAILED'");
    char *paid = harness_query_text(fixture.admin, "SELECT 100000 - balance FROM kloyst.wallet");
    ck_assert_str_eq(spent, paid);
    free(spent);
    free(paid);
}
END_TEST

/* The wallet covers what is held and 400 more; as MARKETING the rest costs 703 × 0.7 more. */
static kl_uuid too_dear(kl_batch **first)
{
    kl_error *error = NULL;
    kl_wallet *wallet = NULL;
    kl_uuid id = half_paid(first);
    ck_ok(kl_wallet_get(h, &vendor, &wallet, &error));
    ck_ok(kl_wallet_debit(h, &vendor, kl_wallet_balance(wallet) - 703 * 1000 - 4000000, "spent", NULL, NULL, &error));
    kl_wallet_free(wallet);
    return id;
}

static kl_breaker_page *breakers(size_t expected)
{
    kl_error *error = NULL;
    kl_breaker_page *page = NULL;
    ck_ok(kl_breaker_list(h, &vendor, NULL, 10, &page, &error));
    ck_assert_uint_eq(kl_breaker_page_count(page), expected);
    return page;
}

static void recharged(void)
{
    kl_error *error = NULL;
    ck_ok(kl_wallet_credit(h, &vendor, 10000000, "recharge", NULL, NULL, &error));
}

static void completes(const kl_uuid *id, kl_batch *first)
{
    ck_assert_int_eq(held(), 703 * 8000);
    reconciles(id);
    sent_complete(first, 0, kl_batch_count(first), 0);
    kl_batch_free(first);
    sent_drain(&vendor, id, 0);
    ck_assert_int_eq(state(id), KL_CAMPAIGN_COMPLETED);
    ck_assert_int_eq(held(), 0);
    reconciles(id);
}

START_TEST(higher_prices_that_are_not_covered_pause_the_campaign_until_they_are)
{
    kl_error *error = NULL;
    kl_batch *first = NULL;
    kl_uuid id = too_dear(&first);
    told(&to_marketing);
    ck_assert_int_eq(state(&id), KL_CAMPAIGN_PAUSED);
    ck_assert_int_eq(held(), 703 * 1000);
    kl_breaker_page *page = breakers(1);
    const kl_breaker *breaker = kl_breaker_page_at(page, 0);
    ck_assert_msg(strstr(kl_breaker_reason(breaker), "MARKETING") != NULL, "%s", kl_breaker_reason(breaker));
    kl_uuid breaker_id = kl_breaker_id(breaker);
    kl_breaker_page_free(page);
    told(&to_marketing);
    ck_fails(KL_ERR_INSUFFICIENT, kl_breaker_resume(h, &vendor, &breaker_id, &error));
    ck_fails(KL_ERR_INSUFFICIENT, kl_campaign_resume(h, &vendor, &id, &error));
    ck_assert_int_eq(state(&id), KL_CAMPAIGN_PAUSED);
    ck_assert_int_eq(held(), 703 * 1000);
    kl_breaker_page_free(breakers(1));
    recharged();
    ck_ok(kl_breaker_resume(h, &vendor, &breaker_id, &error));
    kl_breaker_page_free(breakers(0));
    completes(&id, first);
}
END_TEST

START_TEST(a_campaign_that_a_person_paused_goes_on_at_the_new_prices_only)
{
    kl_error *error = NULL;
    kl_batch *first = NULL;
    kl_uuid id = too_dear(&first);
    ck_ok(kl_campaign_pause(h, &vendor, &id, "a break", &error));
    told(&to_marketing);
    ck_fails(KL_ERR_INSUFFICIENT, kl_campaign_resume(h, &vendor, &id, &error));
    ck_assert_int_eq(state(&id), KL_CAMPAIGN_PAUSED);
    recharged();
    ck_ok(kl_campaign_resume(h, &vendor, &id, &error));
    completes(&id, first);
}
END_TEST

START_TEST(a_template_that_comes_back_dearer_leaves_its_campaign_waiting_for_money)
{
    kl_error *error = NULL;
    kl_batch *first = NULL;
    kl_uuid id = too_dear(&first);
    told(&(template_change){.name = "diwali_offer", .language = "en_US", .status = "PAUSED"});
    ck_assert_int_eq(state(&id), KL_CAMPAIGN_PAUSED);
    told(&(template_change){.name = "diwali_offer", .language = "en_US", .status = "APPROVED", .category = "MARKETING"});
    ck_assert_int_eq(state(&id), KL_CAMPAIGN_PAUSED);
    kl_breaker_page *page = breakers(1);
    ck_assert_int_eq(kl_breaker_scope_of(kl_breaker_page_at(page, 0)), KL_BREAKER_CAMPAIGN);
    kl_uuid breaker_id = kl_breaker_id(kl_breaker_page_at(page, 0));
    kl_breaker_page_free(page);
    recharged();
    ck_ok(kl_breaker_resume(h, &vendor, &breaker_id, &error));
    completes(&id, first);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("template");
    TCase *test_case = fixture_case("template");
    tcase_add_checked_fixture(test_case, start, NULL);
    tcase_add_test(test_case, what_meta_said_is_read_back);
    tcase_add_test(test_case, an_account_without_stored_templates_is_not_checked);
    tcase_add_test(test_case, a_campaign_takes_what_the_stored_template_takes);
    tcase_add_test(test_case, names_are_compared_too);
    tcase_add_test(test_case, headers_and_buttons_of_campaigns_are_sent);
    tcase_add_test(test_case, a_draft_is_checked_again_when_it_is_enqueued);
    tcase_add_test(test_case, the_category_decides_who_gets_a_campaign_and_at_what_price);
    tcase_add_test(test_case, a_template_that_is_not_approved_any_more_stops_its_campaigns_until_it_is);
    tcase_add_test(test_case, a_change_reaches_every_vendor_of_the_account_and_no_other_template);
    tcase_add_test(test_case, a_new_category_prices_what_is_not_paid_anew_and_the_money_adds_up);
    tcase_add_test(test_case, higher_prices_that_are_not_covered_pause_the_campaign_until_they_are);
    tcase_add_test(test_case, a_campaign_that_a_person_paused_goes_on_at_the_new_prices_only);
    tcase_add_test(test_case, a_template_that_comes_back_dearer_leaves_its_campaign_waiting_for_money);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
