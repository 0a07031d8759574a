/* Calls on templates, rates, windows and single messages refuse bad input with their documented status and change nothing. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/fixture.h"
#include "harness/refused.h"
#include "harness/suite.h"

#define h fixture.handle
#define ARGUMENT KL_ERR_ARGUMENT

static const char not_utf8[] = "a\xff";
static const kl_uuid nobody = {{1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 10, 11, 12, 13, 14, 15, 16}};

START_TEST(templates)
{
    const kl_uuid *account = &t.id[WABA];
#define UPSERT(account, json, length) kl_template_upsert(h, v, account, json, length, &out.template, E)
    REFUSED(ARGUMENT, kl_template_upsert(h, NULL, account, "{}", 2, &out.template, E));
    REFUSED(ARGUMENT, UPSERT(NULL, "{}", 2));
    REFUSED(ARGUMENT, UPSERT(account, NULL, 2));
    REFUSED(KL_ERR_JSON, UPSERT(account, "", 0));
    REFUSED(KL_ERR_JSON, UPSERT(account, "[]", 2));
    REFUSED(KL_ERR_FORMAT, UPSERT(account, "{}", 2));
    REFUSED(KL_ERR_ENCODING, UPSERT(account, "{\"name\":\"\xff\"}", 12));
    REFUSED(KL_ERR_TOO_LONG, UPSERT(account, refused_letters(65537), 65537));
    REFUSED(ARGUMENT, kl_template_get(h, NULL, &t.id[TEMPLATE], &out.template, E));
    REFUSED(ARGUMENT, kl_template_get(h, v, NULL, &out.template, E));
    REFUSED(ARGUMENT, kl_template_get(h, v, &t.id[TEMPLATE], NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_template_get(h, v, &nobody, &out.template, E));
    REFUSED(ARGUMENT, kl_template_find(h, NULL, account, "a", "en", &out.template, E));
    REFUSED(ARGUMENT, kl_template_find(h, v, NULL, "a", "en", &out.template, E));
    REFUSED(ARGUMENT, kl_template_find(h, v, account, NULL, "en", &out.template, E));
    REFUSED(ARGUMENT, kl_template_find(h, v, account, "a", "", &out.template, E));
    REFUSED(ARGUMENT, kl_template_find(h, v, account, "a", "en", NULL, E));
    REFUSED(KL_ERR_TOO_LONG, kl_template_find(h, v, account, refused_letters(513), "en", &out.template, E));
    REFUSED(KL_ERR_ENCODING, kl_template_find(h, v, account, not_utf8, "en", &out.template, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_template_find(h, v, account, "diwali_offer", "en", &out.template, E));
    REFUSED(ARGUMENT, kl_template_list(h, NULL, NULL, 10, &out.templates, E));
    REFUSED(ARGUMENT, kl_template_list(h, v, NULL, 0, &out.templates, E));
    REFUSED(ARGUMENT, kl_template_list(h, v, NULL, 1001, &out.templates, E));
    REFUSED(ARGUMENT, kl_template_list(h, v, NULL, 10, NULL, E));
    REFUSED(ARGUMENT, kl_template_delete(h, NULL, &t.id[TEMPLATE], E));
    REFUSED(ARGUMENT, kl_template_delete(h, v, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_template_delete(h, v, &nobody, E));
}
END_TEST

START_TEST(rates)
{
#define SET(category, country, from, price) kl_rate_set(h, category, country, from, price, E)
    REFUSED(ARGUMENT, SET((kl_template_category)0, "IN", 1, 1));
    REFUSED(ARGUMENT, SET((kl_template_category)4, "IN", 1, 1));
    REFUSED(ARGUMENT, SET(KL_CATEGORY_UTILITY, NULL, 1, 1));
    REFUSED(ARGUMENT, SET(KL_CATEGORY_UTILITY, "", 1, 1));
    REFUSED(KL_ERR_FORMAT, SET(KL_CATEGORY_UTILITY, "ZZ", 1, 1));
    REFUSED(KL_ERR_FORMAT, SET(KL_CATEGORY_UTILITY, "in", 1, 1));
    REFUSED(KL_ERR_FORMAT, SET(KL_CATEGORY_UTILITY, "091", 1, 1));
    REFUSED(KL_ERR_FORMAT, SET(KL_CATEGORY_UTILITY, "**", 1, 1));
    REFUSED(KL_ERR_TOO_LONG, SET(KL_CATEGORY_UTILITY, "12345", 1, 1));
    REFUSED(ARGUMENT, SET(KL_CATEGORY_UTILITY, "IN", 0, 1));
    REFUSED(ARGUMENT, SET(KL_CATEGORY_UTILITY, "IN", -1, 1));
    REFUSED(ARGUMENT, SET(KL_CATEGORY_UTILITY, "IN", INT64_MAX, 1));
    REFUSED(ARGUMENT, SET(KL_CATEGORY_UTILITY, "IN", 1, -2));
    REFUSED(ARGUMENT, SET(KL_CATEGORY_UTILITY, "IN", 1, KL_MONEY_MAX + 1));
    REFUSED(ARGUMENT, kl_rate_set_vendor(h, NULL, KL_CATEGORY_UTILITY, "IN", 1, 1, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_rate_set_vendor(h, &nobody, KL_CATEGORY_UTILITY, "IN", 1, 1, E));
    REFUSED(ARGUMENT, kl_rate_list(h, (kl_template_category)0, NULL, 10, &out.rates, E));
    REFUSED(ARGUMENT, kl_rate_list(h, KL_CATEGORY_UTILITY, NULL, 0, &out.rates, E));
    REFUSED(ARGUMENT, kl_rate_list(h, KL_CATEGORY_UTILITY, NULL, 10, NULL, E));
    REFUSED(ARGUMENT, kl_rate_list_vendor(h, NULL, KL_CATEGORY_UTILITY, NULL, 10, &out.rates, E));
    REFUSED(ARGUMENT, kl_rate_list_vendor(h, v, KL_CATEGORY_UTILITY, NULL, 1001, &out.rates, E));
#define PRICE(category, to, country, at) kl_rate_price(h, v, category, to, country, at, &out.balance, E)
    REFUSED(ARGUMENT, kl_rate_price(h, NULL, KL_CATEGORY_UTILITY, "+919812345678", NULL, 0, &out.balance, E));
    REFUSED(ARGUMENT, PRICE((kl_template_category)9, "+919812345678", NULL, 0));
    REFUSED(ARGUMENT, PRICE(KL_CATEGORY_UTILITY, NULL, NULL, 0));
    REFUSED(ARGUMENT, PRICE(KL_CATEGORY_UTILITY, "+919812345678", "ZZ", 0));
    REFUSED(ARGUMENT, PRICE(KL_CATEGORY_UTILITY, "+919812345678", NULL, -1));
    REFUSED(KL_ERR_FORMAT, PRICE(KL_CATEGORY_UTILITY, "12", NULL, 0));
    REFUSED(KL_ERR_FORMAT, PRICE(KL_CATEGORY_UTILITY, "IN.", NULL, 0));
    REFUSED(KL_ERR_NO_RATE, PRICE(KL_CATEGORY_UTILITY, "+919812345678", NULL, 0));
    REFUSED(KL_ERR_NOT_FOUND,
            kl_rate_price(h, &nobody, KL_CATEGORY_UTILITY, "+919812345678", NULL, 0, &out.balance, E));
}
END_TEST

START_TEST(windows)
{
    REFUSED(ARGUMENT, kl_window_get(h, NULL, &t.id[WABA], "+919812345678", NULL, &out.opened, E));
    REFUSED(ARGUMENT, kl_window_get(h, v, NULL, "+919812345678", NULL, &out.opened, E));
    REFUSED(ARGUMENT, kl_window_get(h, v, &t.id[WABA], NULL, NULL, &out.opened, E));
    REFUSED(ARGUMENT, kl_window_get(h, v, &t.id[WABA], "+919812345678", NULL, NULL, E));
    REFUSED(ARGUMENT, kl_window_get(h, v, &t.id[WABA], "+919812345678", "in", &out.opened, E));
    REFUSED(KL_ERR_FORMAT, kl_window_get(h, v, &t.id[WABA], "nobody", NULL, &out.opened, E));
    REFUSED(KL_ERR_TOO_LONG, kl_window_get(h, v, &t.id[WABA], refused_letters(257), NULL, &out.opened, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_window_get(h, v, &nobody, "+919812345678", NULL, &out.opened, E));
}
END_TEST

#define WITH(expected, change)                                                                                         \
    {                                                                                                                  \
        kl_message_options o = refused_message_options();                                                                                 \
        change;                                                                                                        \
        REFUSED(expected, kl_message_send(h, v, &o, &out.uuid, E));                                                    \
    }

START_TEST(messages)
{
    kl_message_options plain = refused_message_options();
    REFUSED(ARGUMENT, kl_message_state(h, NULL, &t.id[SINGLE], &out.state, &out.opened, E));
    REFUSED(ARGUMENT, kl_message_state(h, v, NULL, &out.state, &out.opened, E));
    REFUSED(ARGUMENT, kl_message_state(h, v, &t.id[SINGLE], NULL, &out.opened, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_message_state(h, v, &nobody, &out.state, &out.opened, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_message_state(h, v, &t.id[MESSAGE], &out.state, &out.opened, E));
    REFUSED(ARGUMENT, kl_message_send(h, NULL, &plain, &out.uuid, E));
    REFUSED(ARGUMENT, kl_message_send(h, v, NULL, &out.uuid, E));
    WITH(ARGUMENT, o.size = 0)
    WITH(ARGUMENT, o.size = 100000)
    WITH(ARGUMENT, o.waba_account_id = NULL)
    WITH(KL_ERR_NOT_FOUND, o.waba_account_id = &nobody)
    WITH(ARGUMENT, o.to = NULL)
    WITH(ARGUMENT, o.contact_id = &t.id[CONTACT])
    WITH(KL_ERR_FORMAT, o.to = "nobody")
    WITH(ARGUMENT, o.country = "ZZ")
    WITH(ARGUMENT, o.kind = (kl_content_kind)0)
    WITH(ARGUMENT, o.kind = (kl_content_kind)11)
    WITH(ARGUMENT, o.text = NULL)
    WITH(ARGUMENT, o.text = "")
    WITH(KL_ERR_ENCODING, o.text = not_utf8)
    WITH(KL_ERR_TOO_LONG, o.text = refused_letters(4097))
    WITH(ARGUMENT, o.template_name = "offer")
    WITH(ARGUMENT, o.media_id = "1")
    WITH(ARGUMENT, o.filename = "f")
    WITH(ARGUMENT, o.header = "h")
    WITH(ARGUMENT, o.label = "l")
    WITH(ARGUMENT, o.category = KL_CATEGORY_UTILITY)
    WITH(ARGUMENT, o.category = (kl_template_category)7)
    WITH(ARGUMENT, o.reply_to = "")
    WITH(KL_ERR_TOO_LONG, o.reply_to = refused_letters(1025))
    WITH(ARGUMENT, o.idempotency_key = "")
    WITH(KL_ERR_TOO_LONG, o.idempotency_key = refused_letters(256))
    WITH(ARGUMENT, o.price = -2)
    WITH(ARGUMENT, o.price = KL_MONEY_MAX + 1)
    WITH(ARGUMENT, o.at = -1)
    WITH(KL_ERR_WINDOW_CLOSED, o.to = "+919812345678")
    WITH(KL_ERR_WINDOW_CLOSED, o.at = INT64_C(4000000000000000))
    WITH(KL_ERR_INSUFFICIENT, o.price = KL_MONEY_MAX)
}
END_TEST

START_TEST(templates_in_messages)
{
#define TEMPLATE_WITH(expected, change)                                                                                \
    WITH(expected, o.kind = KL_CONTENT_TEMPLATE; o.text = NULL; o.template_name = "diwali_offer";                      \
         o.template_language = "en_US"; o.price = 0; change)
#define PARAMETERS(expected, json) TEMPLATE_WITH(expected, o.parameters = json; o.parameters_length = strlen(json))
    TEMPLATE_WITH(ARGUMENT, o.template_name = NULL)
    TEMPLATE_WITH(ARGUMENT, o.template_language = NULL)
    TEMPLATE_WITH(KL_ERR_FORMAT, o.template_name = "Offer")
    TEMPLATE_WITH(KL_ERR_FORMAT, o.template_language = "e")
    TEMPLATE_WITH(ARGUMENT, o.text = "x")
    TEMPLATE_WITH(KL_ERR_TEMPLATE, o.template_name = "other")
    TEMPLATE_WITH(KL_ERR_TEMPLATE, o.template_language = "en")
    TEMPLATE_WITH(KL_ERR_TEMPLATE, (void)0)
    PARAMETERS(KL_ERR_JSON, "{}")
    PARAMETERS(KL_ERR_JSON, "[")
    PARAMETERS(KL_ERR_FORMAT, "[1]")
    PARAMETERS(KL_ERR_FORMAT, "[{}]")
    PARAMETERS(KL_ERR_FORMAT, "[{\"text\":1}]")
    PARAMETERS(KL_ERR_FORMAT, "[{\"text\":\"a\",\"color\":\"red\"}]")
    PARAMETERS(KL_ERR_FORMAT, "[{\"text\":\"a\",\"place\":\"tail\"}]")
    PARAMETERS(KL_ERR_FORMAT, "[{\"text\":\"\"}]")
    PARAMETERS(KL_ERR_FORMAT, "[{\"text\":\"a\\nb\"}]")
    PARAMETERS(KL_ERR_TEMPLATE, "[{\"text\":\"a\"},{\"text\":\"b\"}]")
    PARAMETERS(KL_ERR_TEMPLATE, "[{\"text\":\"a\",\"name\":\"n\"}]")
    PARAMETERS(KL_ERR_TEMPLATE, "[{\"text\":\"a\",\"place\":\"header:text\"}]")
}
END_TEST

START_TEST(interactive_messages)
{
#define LIST(expected, json)                                                                                           \
    WITH(expected, o.kind = KL_CONTENT_LIST; o.label = "Open"; o.choices = json; o.choices_length = strlen(json))
    LIST(ARGUMENT, "[]")
    LIST(KL_ERR_JSON, "7")
    LIST(KL_ERR_FORMAT, "[{\"id\":\"a\",\"title\":\"A\",\"x\":\"y\"}]")
    LIST(KL_ERR_FORMAT, "[{\"id\":\"a\",\"title\":\"A\"},{\"id\":\"a\",\"title\":\"B\"}]")
    LIST(ARGUMENT, "[{\"id\":\"a\"}]")
    WITH(ARGUMENT, o.kind = KL_CONTENT_LIST)
    WITH(ARGUMENT, o.kind = KL_CONTENT_BUTTONS)
    WITH(ARGUMENT, o.kind = KL_CONTENT_REACTION)
    WITH(ARGUMENT, o.kind = KL_CONTENT_IMAGE)
    WITH(KL_ERR_FORMAT, o.kind = KL_CONTENT_IMAGE; o.media_link = "http://a.example/")
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("bad messages");
    TCase *test_case = refused_case("bad messages");
    tcase_add_test(test_case, templates);
    tcase_add_test(test_case, rates);
    tcase_add_test(test_case, windows);
    tcase_add_test(test_case, messages);
    tcase_add_test(test_case, templates_in_messages);
    tcase_add_test(test_case, interactive_messages);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
