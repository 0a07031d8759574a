/* What webhooks tell of templates, numbers and accounts is done once, for every vendor of the account, and told to the program. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "harness/deliver.h"
#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

static kl_uuid vendor, other, stranger, waba;

static void open_vendors(void)
{
    kl_error *error = NULL;
    kl_waba *account = NULL;
    fixture_open();
    vendor = fixture_vendor("Acme", 0);
    other = fixture_vendor("Other", 0);
    stranger = fixture_vendor("Stranger", 0);
    waba = fixture_waba(&vendor, "106540352242922");
    fixture_waba(&other, "106540352242922");
    ck_ok(kl_waba_create(fixture.handle, &stranger, "999", "7794189252778687", "token", 5, &account, &error));
    kl_waba_free(account);
}

static void deliver_field(const char *field, int time, const char *value)
{
    buffer body = BUFFER_INIT;
    buffer_format(&body,
                  "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"102290129340398\",\"time\":%d,\"changes\":"
                  "[{\"field\":\"%s\",\"value\":%s}]}]}",
                  time, field, value);
    deliver_bytes(body.data, body.length);
    buffer_free(&body);
}

static kl_fold_report fold_field(const char *field, int time, const char *value)
{
    deliver_field(field, time, value);
    return fold_all();
}

#define EVENTS                                                                                                         \
    "SELECT coalesce(string_agg(v.name || ':' || e.kind || ':' || e.subject || ':' || e.detail, ', ' ORDER BY e.at), '') "   \
    "FROM kloyst.event e JOIN kloyst.vendor v ON v.id = e.vendor_id"

static void store_template(const char *meta_id, const char *name, const char *category)
{
    kl_error *error = NULL;
    buffer json = BUFFER_INIT;
    buffer_format(&json,
                  "{\"id\":\"%s\",\"name\":\"%s\",\"language\":\"en_US\",\"status\":\"APPROVED\",\"category\":\"%s\","
                  "\"components\":[{\"type\":\"BODY\",\"text\":\"Hi\"}]}",
                  meta_id, name, category);
    ck_ok(kl_template_upsert(fixture.handle, &vendor, &waba, json.data, json.length, NULL, &error));
    buffer_free(&json);
}

START_TEST(a_templates_state_quality_and_category_change_what_is_stored)
{
    store_template("1689556908129832", "order_confirmation", "UTILITY");
    store_template("806312974732579", "welcome_template", "UTILITY");
    store_template("278077987957091", "welcome_other", "UTILITY");
    fold_file("63_template_status_paused.json");
    fold_file("64_template_quality.json");
    fold_file("66_template_category_coming.json");
    ask("SELECT string_agg(name || ' ' || status || ' ' || category || ' ' || quality, ', ' ORDER BY name) FROM kloyst.template",
        "order_confirmation PAUSED UTILITY UNKNOWN, welcome_other APPROVED UTILITY UNKNOWN, welcome_template APPROVED UTILITY YELLOW");
    fold_file("67_template_category_changed.json");
    ask("SELECT category FROM kloyst.template WHERE name = 'welcome_other'", "MARKETING");
    fold_file("65_template_components.json");
    ask(EVENTS " WHERE v.name = 'Acme'",
        "Acme:TEMPLATE:order_confirmation:status PAUSED FIRST_PAUSE, Acme:TEMPLATE:welcome_template:quality YELLOW, "
        "Acme:TEMPLATE:welcome_template:category UTILITY, soon MARKETING, Acme:TEMPLATE:welcome_template:category MARKETING, "
        "Acme:TEMPLATE:order_confirmation:components");
    ask("SELECT count(*) FROM kloyst.event e JOIN kloyst.vendor v ON v.id = e.vendor_id WHERE v.name = 'Stranger'", "0");
}
END_TEST

START_TEST(what_comes_again_or_too_late_changes_nothing)
{
    store_template("1", "promo", "UTILITY");
    static const char paused[] = "{\"event\":\"PAUSED\",\"message_template_id\":1,\"message_template_name\":\"promo\"}";
    static const char approved[] = "{\"event\":\"APPROVED\",\"message_template_id\":1,\"message_template_name\":\"promo\"}";
    fold_field("message_template_status_update", 1000, paused);
    fold_field("message_template_status_update", 2000, approved);
    fold_field("message_template_status_update", 1000, paused);
    fold_field("message_template_status_update", 2000, approved);
    ask("SELECT status FROM kloyst.template", "APPROVED");
    ask(EVENTS " WHERE v.name = 'Acme'", "Acme:TEMPLATE:promo:status PAUSED, Acme:TEMPLATE:promo:status APPROVED");
    /* Within one second the content tells them apart. */
    fold_field("message_template_status_update", 2000, paused);
    ask("SELECT status FROM kloyst.template", "PAUSED");
}
END_TEST

START_TEST(a_template_whose_components_changed_says_so_until_it_is_stored_again)
{
    static const char outdated[] = "SELECT string_agg((outdated_at IS NOT NULL)::text, ',' ORDER BY name) FROM kloyst.template";
    store_template("1", "other", "UTILITY");
    store_template("2", "promo", "UTILITY");
    fold_field("message_template_status_update", 10, "{\"event\":\"APPROVED\",\"message_template_id\":2}");
    ask(outdated, "false,false");
    fold_field("message_template_components_update", 11,
               "{\"message_template_id\":2,\"message_template_name\":\"promo\",\"message_template_language\":\"en_US\","
               "\"message_template_element\":\"Hi {{1}} and {{2}}\"}");
    ask(outdated, "false,true");
    kl_template *read = NULL;
    kl_error *error = NULL;
    kl_template_page *page = NULL;
    ck_ok(kl_template_list(fixture.handle, &vendor, NULL, 10, &page, &error));
    int marked = 0;
    for (size_t i = 0; i < kl_template_page_count(page); i++) {
        const kl_template *one = kl_template_page_at(page, i);
        marked += kl_template_outdated_at(one) > 0;
        kl_uuid id = kl_template_id(one);
        ck_ok(kl_template_get(fixture.handle, &vendor, &id, &read, &error));
        ck_assert_int_eq(kl_template_outdated_at(read), kl_template_outdated_at(one));
        kl_template_free(read);
        read = NULL;
    }
    ck_assert_int_eq(marked, 1);
    kl_template_page_free(page);
    store_template("2", "promo", "UTILITY");
    ask(outdated, "false,false");
}
END_TEST

START_TEST(a_throughput_upgrade_raises_the_rate_of_the_number_for_all_its_vendors)
{
    kl_error *error = NULL;
    fold_file("68_number_throughput_upgrade.json");
    ask("SELECT string_agg(messages_per_second::text, ',' ORDER BY waba_id) FROM kloyst.waba_account", "1000,1000,80");
    ask(EVENTS, "Acme:NUMBER:15550783881:THROUGHPUT_UPGRADE, Other:NUMBER:15550783881:THROUGHPUT_UPGRADE");
    /* A second number makes it uncertain which one is meant, unless it is known how Meta shows it. */
    kl_waba *account = NULL;
    ck_ok(kl_waba_create(fixture.handle, &vendor, "102290129340398", "55555", "token", 5, &account, &error));
    kl_waba_free(account);
    fold_field("phone_number_quality_update", 1848454394, "{\"display_phone_number\":\"1777\",\"event\":\"THROUGHPUT_UPGRADE\"}");
    ask("SELECT messages_per_second FROM kloyst.waba_account WHERE phone_number_id = '55555'", "80");
    /* Messages tell. */
    static const char message[] = "{\"metadata\":{\"display_phone_number\":\"+1 77-7\",\"phone_number_id\":\"55555\"},\"statuses\":[]}";
    kl *fresh = fixture_handle(NULL); /* a handle looks at this once a minute */
    fold_field("messages", 0, message);
    ask("SELECT count(*) FROM kloyst.webhook_inbox WHERE folded_at IS NULL", "0");
    ask("SELECT count(*) FROM kloyst.waba_directory WHERE display_phone_number IS NOT NULL", "0");
    deliver_field("messages", 0, message);
    ck_ok(kl_webhook_fold(fresh, 10, NULL, &error));
    ask("SELECT phone_number_id || display_phone_number FROM kloyst.waba_directory WHERE display_phone_number IS NOT NULL",
        "55555+1 77-7");
    kl_close(fresh);
    kl_free(fresh);
    fold_field("phone_number_quality_update", 1848454395, "{\"display_phone_number\":\"1777\",\"event\":\"THROUGHPUT_UPGRADE\"}");
    ask("SELECT messages_per_second FROM kloyst.waba_account WHERE phone_number_id = '55555'", "1000");
}
END_TEST

START_TEST(a_portfolios_limit_follows_what_meta_tells)
{
    harness_exec(fixture.admin, "INSERT INTO kloyst.portfolio (id, user_limit) VALUES ('1', 250), ('2', 250); "
                                "INSERT INTO kloyst.sending_number (phone_number_id, portfolio_id) VALUES ('106540352242922', '1'), "
                                "('7794189252778687', '2')");
    fold_file("69_business_capability.json");
    ask("SELECT string_agg(coalesce(user_limit::text, '-'), ',' ORDER BY id) FROM kloyst.portfolio", "2000,250");
    fold_field("business_capability_update", 1839321024, "{\"max_daily_conversations_per_business\":-1}");
    ask("SELECT string_agg(coalesce(user_limit::text, '-'), ',' ORDER BY id) FROM kloyst.portfolio", "-,250");
    fold_field("business_capability_update", 1839321025, "{\"max_daily_conversations_per_business\":\"TIER_OF_THE_FUTURE\"}");
    ask("SELECT string_agg(coalesce(user_limit::text, '-'), ',' ORDER BY id) FROM kloyst.portfolio", "-,250");
}
END_TEST

START_TEST(a_disabled_account_rests_until_it_is_reinstated)
{
    fold_file("73_account_violation.json");
    ask("SELECT count(*) FROM kloyst.breaker", "0");
    fold_file("70_account_disabled.json");
    ask("SELECT string_agg(scope || ' ' || subject || ' ' || code, ',') FROM kloyst.breaker", "WABA 102290129340398 131031");
    fold_file("71_account_reinstated.json");
    ask("SELECT count(*) FROM kloyst.breaker", "0");
    fold_file("70_account_disabled.json"); /* late */
    ask("SELECT count(*) FROM kloyst.breaker", "0");
    fold_file("72_account_restricted.json");
    ask("SELECT extract(epoch FROM resumes_at)::int8 BETWEEN 4102444000 AND 4102444900 FROM kloyst.breaker", "t");
}
END_TEST

START_TEST(unknown_fields_and_words_are_counted_and_are_no_error)
{
    kl_fold_report report = fold_file("74_field_of_the_future.json");
    ck_assert_int_eq(report.other, 1);
    store_template("1", "promo", "UTILITY");
    report = fold_field("message_template_status_update", 10, "{\"event\":\"some new word\",\"message_template_id\":1}");
    ck_assert_int_eq(report.set_aside, 0);
    report = fold_field("template_category_update", 10, "{\"new_category\":\"MARKETING_LITE\",\"message_template_id\":\"1\"}");
    ck_assert_int_eq(report.set_aside, 0);
    ask("SELECT status || ' ' || category FROM kloyst.template", "APPROVED UTILITY");
    report = fold_field("account_update", 10, "{\"event\":\"PARTNER_ADDED\"}");
    ck_assert_int_eq(report.set_aside, 0);
}
END_TEST

START_TEST(a_known_field_of_another_shape_is_set_aside)
{
    static const char *const odd[] = {"7", "[]", "\"x\"", "{}", "{\"event\":7}", "{\"message_template_id\":{}}"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        ck_assert_int_eq(fold_field("message_template_status_update", 10, odd[i]).set_aside, 1);
    ck_assert_int_eq(fold_field("account_update", 10, "null").set_aside, 1);
    ask("SELECT count(*) FROM kloyst.event", "0");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fields");
    TCase *test_case = tcase_create("fields");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_vendors, fixture_close);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, a_templates_state_quality_and_category_change_what_is_stored);
    tcase_add_test(test_case, what_comes_again_or_too_late_changes_nothing);
    tcase_add_test(test_case, a_template_whose_components_changed_says_so_until_it_is_stored_again);
    tcase_add_test(test_case, a_throughput_upgrade_raises_the_rate_of_the_number_for_all_its_vendors);
    tcase_add_test(test_case, a_portfolios_limit_follows_what_meta_tells);
    tcase_add_test(test_case, a_disabled_account_rests_until_it_is_reinstated);
    tcase_add_test(test_case, unknown_fields_and_words_are_counted_and_are_no_error);
    tcase_add_test(test_case, a_known_field_of_another_shape_is_set_aside);
    suite_add_tcase(suite, test_case);
    return suite_run(suite);
}
