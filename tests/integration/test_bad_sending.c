/* Campaigns, batches, webhooks and the worker refuse bad input with its documented status and change nothing. */
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
static const kl_time in_2100 = 4102444800000000;
static const kl_uuid nobody = {{1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 10, 11, 12, 13, 14, 15, 16}};

/* A campaign that differs from a good one in one option. */
#define CAMPAIGN(expected, ...)                                                                                        \
    do {                                                                                                               \
        kl_campaign_options o = refused_campaign_options();                                                            \
        __VA_ARGS__;                                                                                                   \
        REFUSED(expected, refused_campaign(h, &o, E));                                                                 \
    } while (0)

START_TEST(campaign_options)
{
    kl_campaign_options good = refused_campaign_options();
    REFUSED(ARGUMENT, kl_campaign_create(h, NULL, &good, &out.campaign, E));
    REFUSED(ARGUMENT, kl_campaign_create(h, v, NULL, &out.campaign, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_campaign_create(h, &nobody, &good, &out.campaign, E));
    CAMPAIGN(ARGUMENT, o.size = 0);
    CAMPAIGN(ARGUMENT, o.size--);
    CAMPAIGN(ARGUMENT, o.size = SIZE_MAX);
    CAMPAIGN(ARGUMENT, o.name = NULL);
    CAMPAIGN(ARGUMENT, o.name = "");
    CAMPAIGN(KL_ERR_TOO_LONG, o.name = refused_letters(201));
    CAMPAIGN(KL_ERR_ENCODING, o.name = not_utf8);
    CAMPAIGN(ARGUMENT, o.waba_account_id = NULL);
    CAMPAIGN(KL_ERR_NOT_FOUND, o.waba_account_id = &nobody);
    CAMPAIGN(ARGUMENT, o.template_name = NULL);
    CAMPAIGN(ARGUMENT, o.template_name = "");
    CAMPAIGN(KL_ERR_FORMAT, o.template_name = "Offer");
    CAMPAIGN(KL_ERR_FORMAT, o.template_name = "offer\n");
    CAMPAIGN(KL_ERR_TOO_LONG, o.template_name = refused_letters(513));
    CAMPAIGN(KL_ERR_ENCODING, o.template_name = not_utf8);
    CAMPAIGN(ARGUMENT, o.template_language = NULL);
    CAMPAIGN(KL_ERR_FORMAT, o.template_language = "e");
    CAMPAIGN(KL_ERR_FORMAT, o.template_language = "en_");
    CAMPAIGN(KL_ERR_FORMAT, o.template_language = "en_USA_x");
    CAMPAIGN(KL_ERR_TOO_LONG, o.template_language = "english_US");
    CAMPAIGN(ARGUMENT, o.parameter_format = (kl_parameter_format)0);
    CAMPAIGN(ARGUMENT, o.parameter_format = (kl_parameter_format)3);
    CAMPAIGN(ARGUMENT, o.price = -2);
    CAMPAIGN(ARGUMENT, o.category = (kl_template_category)4);
    CAMPAIGN(KL_ERR_TEMPLATE, o.template_name = "another");
    CAMPAIGN(ARGUMENT, o.price = KL_MONEY_MAX + 1);
    CAMPAIGN(ARGUMENT, o.price = INT64_MIN);
}
END_TEST

START_TEST(campaign_parameters)
{
    static const struct {
        const char *json;
        kl_status status;
    } wrong[] = {
        {"", KL_ERR_JSON},
        {"{}", KL_ERR_JSON},
        {"[", KL_ERR_JSON},
        {"[{\"text\":\"a\",\"text\":\"b\"}]", KL_ERR_JSON},
        {"[1]", KL_ERR_FORMAT},
        {"[{}]", KL_ERR_FORMAT},
        {"[{\"attribute\":\"\"}]", KL_ERR_FORMAT},
        {"[{\"attribute\":5}]", KL_ERR_FORMAT},
        {"[{\"attribute\":\"a\",\"text\":\"b\"}]", KL_ERR_FORMAT},
        {"[{\"text\":\"a\",\"fallback\":\"b\"}]", KL_ERR_FORMAT},
        {"[{\"mobile\":false}]", KL_ERR_FORMAT},
        {"[{\"mobile\":true,\"fallback\":\"b\"}]", KL_ERR_FORMAT},
        {"[{\"text\":\"\"}]", KL_ERR_FORMAT},
        {"[{\"text\":\"a\\nb\"}]", KL_ERR_FORMAT},
        {"[{\"text\":\"a\",\"name\":\"n\"}]", KL_ERR_FORMAT},
        {"[{\"text\":\"\\u0000\"}]", KL_ERR_ENCODING},
        {"[{\"text\":\"\xff\"}]", KL_ERR_ENCODING},
    };
    char many[65 * 16 + 3] = "[";
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        kl_campaign_options o = refused_campaign_options();
        o.parameters = wrong[i].json;
        o.parameters_length = strlen(wrong[i].json);
        REFUSED(wrong[i].status, refused_campaign(h, &o, E));
    }
    for (int i = 0; i < 65; i++)
        strcat(many, i ? ",{\"text\":\"a\"}" : "{\"text\":\"a\"}");
    strcat(many, "]");
    CAMPAIGN(KL_ERR_TOO_LONG, o.parameters = many; o.parameters_length = strlen(many));
    CAMPAIGN(KL_ERR_TOO_LONG, o.parameters = refused_letters(65537); o.parameters_length = 65537);
    const char *unnamed = "[{\"text\":\"a\"}]",
               *twice = "[{\"text\":\"a\",\"name\":\"n\"},{\"text\":\"a\",\"name\":\"n\"}]",
               *capital = "[{\"text\":\"a\",\"name\":\"N\"}]";
    CAMPAIGN(KL_ERR_FORMAT, o.parameter_format = KL_PARAMETERS_NAMED; o.parameters = unnamed;
             o.parameters_length = strlen(unnamed));
    CAMPAIGN(KL_ERR_FORMAT, o.parameter_format = KL_PARAMETERS_NAMED; o.parameters = twice;
             o.parameters_length = strlen(twice));
    CAMPAIGN(KL_ERR_FORMAT, o.parameter_format = KL_PARAMETERS_NAMED; o.parameters = capital;
             o.parameters_length = strlen(capital));
}
END_TEST

START_TEST(the_life_of_campaigns)
{
    const kl_uuid *draft = &t.id[DRAFT], *sent = &t.id[SENT];
    const int code = 7;
    REFUSED(ARGUMENT, kl_campaign_schedule(h, NULL, draft, in_2100, 0, &out.number, E));
    REFUSED(ARGUMENT, kl_campaign_schedule(h, v, NULL, in_2100, 0, &out.number, E));
    REFUSED(ARGUMENT, kl_campaign_schedule(h, v, draft, -1, 0, &out.number, E));
    REFUSED(ARGUMENT, kl_campaign_schedule(h, v, draft, 1, 0, &out.number, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_campaign_schedule(h, v, &nobody, in_2100, 0, &out.number, E));
    REFUSED(KL_ERR_STATE, kl_campaign_schedule(h, v, sent, in_2100, 0, &out.number, E));
    REFUSED(ARGUMENT, kl_campaign_pause(h, NULL, sent, NULL, E));
    REFUSED(ARGUMENT, kl_campaign_pause(h, v, NULL, NULL, E));
    REFUSED(ARGUMENT, kl_campaign_pause(h, v, sent, "", E));
    REFUSED(KL_ERR_TOO_LONG, kl_campaign_pause(h, v, sent, refused_letters(501), E));
    REFUSED(KL_ERR_ENCODING, kl_campaign_pause(h, v, sent, not_utf8, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_campaign_pause(h, v, &nobody, NULL, E));
    REFUSED(KL_ERR_STATE, kl_campaign_pause(h, v, draft, NULL, E));
    REFUSED(ARGUMENT, kl_campaign_resume(h, NULL, sent, E));
    REFUSED(ARGUMENT, kl_campaign_resume(h, v, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_campaign_resume(h, v, &nobody, E));
    REFUSED(KL_ERR_STATE, kl_campaign_resume(h, v, sent, E));
    REFUSED(ARGUMENT, kl_campaign_cancel(h, NULL, sent, &out.number, E));
    REFUSED(ARGUMENT, kl_campaign_cancel(h, v, NULL, &out.number, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_campaign_cancel(h, v, &nobody, &out.number, E));
    REFUSED(KL_ERR_STATE, kl_campaign_cancel(h, v, draft, &out.number, E));
    REFUSED(ARGUMENT, kl_campaign_retry_failed(h, NULL, sent, NULL, 0, &out.number, E));
    REFUSED(ARGUMENT, kl_campaign_retry_failed(h, v, NULL, NULL, 0, &out.number, E));
    REFUSED(ARGUMENT, kl_campaign_retry_failed(h, v, sent, NULL, 1, &out.number, E));
    REFUSED(ARGUMENT, kl_campaign_retry_failed(h, v, sent, &code, 1001, &out.number, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_campaign_retry_failed(h, v, &nobody, &code, 1, &out.number, E));
    REFUSED(KL_ERR_STATE, kl_campaign_retry_failed(h, v, draft, &code, 1, &out.number, E));
    REFUSED(KL_ERR_EMPTY, kl_campaign_retry_failed(h, v, sent, &code, 1, &out.number, E));
    REFUSED(ARGUMENT, kl_campaign_retry_class(h, NULL, sent, KL_ERROR_PERMANENT, &out.number, E));
    REFUSED(ARGUMENT, kl_campaign_retry_class(h, v, NULL, KL_ERROR_PERMANENT, &out.number, E));
    REFUSED(ARGUMENT, kl_campaign_retry_class(h, v, sent, (kl_error_class)0, &out.number, E));
    REFUSED(ARGUMENT, kl_campaign_retry_class(h, v, sent, (kl_error_class)8, &out.number, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_campaign_retry_class(h, v, &nobody, KL_ERROR_PERMANENT, &out.number, E));
    REFUSED(KL_ERR_STATE, kl_campaign_retry_class(h, v, draft, KL_ERROR_PERMANENT, &out.number, E));
    REFUSED(KL_ERR_EMPTY, kl_campaign_retry_class(h, v, sent, KL_ERROR_STOP_NUMBER, &out.number, E));
    REFUSED(ARGUMENT, kl_campaign_audience_count(h, NULL, NULL, 0, &out.audience, E));
    REFUSED(ARGUMENT, kl_campaign_audience_count(h, v, NULL, 0, NULL, E));
    REFUSED(KL_ERR_FORMAT, kl_campaign_audience_count(h, v, "{}", 2, &out.audience, E));
    REFUSED(KL_ERR_JSON, kl_campaign_audience_count(h, v, "{", 1, &out.audience, E));
}
END_TEST

START_TEST(hours_and_audiences_of_campaigns)
{
    CAMPAIGN(ARGUMENT, o.send_from = -1);
    CAMPAIGN(ARGUMENT, o.send_from = 1440);
    CAMPAIGN(ARGUMENT, o.send_until = 1441);
    CAMPAIGN(KL_ERR_FORMAT, o.send_until = 600; o.time_zone = "Asia/Nowhere");
    CAMPAIGN(KL_ERR_FORMAT, o.send_until = 600; o.time_zone = "IST-5:30");
    CAMPAIGN(ARGUMENT, o.time_zone = "");
    CAMPAIGN(ARGUMENT, o.weight = 0);
    CAMPAIGN(ARGUMENT, o.weight = 101);
    CAMPAIGN(ARGUMENT, o.unknown_policy = (kl_unknown_policy)3);
    CAMPAIGN(ARGUMENT, o.unknown_seconds = 59);
    CAMPAIGN(ARGUMENT, o.unknown_seconds = 2592001);
    CAMPAIGN(KL_ERR_FORMAT, o.audience = "[]"; o.audience_length = 2);
    CAMPAIGN(KL_ERR_JSON, o.audience = "{,}"; o.audience_length = 3);
}
END_TEST

START_TEST(campaigns)
{
    const kl_uuid *draft = &t.id[DRAFT], *sent = &t.id[SENT];
    REFUSED(ARGUMENT, kl_campaign_get(h, NULL, draft, &out.campaign, E));
    REFUSED(ARGUMENT, kl_campaign_get(h, v, NULL, &out.campaign, E));
    REFUSED(ARGUMENT, kl_campaign_get(h, v, draft, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_campaign_get(h, v, &nobody, &out.campaign, E));
    REFUSED(ARGUMENT, kl_campaign_list(h, NULL, NULL, 10, &out.campaigns, E));
    REFUSED(ARGUMENT, kl_campaign_list(h, v, NULL, 0, &out.campaigns, E));
    REFUSED(ARGUMENT, kl_campaign_list(h, v, NULL, 10, NULL, E));
    REFUSED(ARGUMENT, kl_campaign_rename(h, NULL, draft, "A", E));
    REFUSED(ARGUMENT, kl_campaign_rename(h, v, NULL, "A", E));
    REFUSED(ARGUMENT, kl_campaign_rename(h, v, draft, NULL, E));
    REFUSED(ARGUMENT, kl_campaign_rename(h, v, draft, "", E));
    REFUSED(KL_ERR_TOO_LONG, kl_campaign_rename(h, v, draft, refused_letters(201), E));
    REFUSED(KL_ERR_ENCODING, kl_campaign_rename(h, v, draft, not_utf8, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_campaign_rename(h, v, &nobody, "A", E));
    REFUSED(ARGUMENT, kl_campaign_delete(h, NULL, draft, E));
    REFUSED(ARGUMENT, kl_campaign_delete(h, v, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_campaign_delete(h, v, &nobody, E));
    REFUSED(KL_ERR_STATE, kl_campaign_delete(h, v, sent, E));
    REFUSED(ARGUMENT, kl_campaign_preflight(h, NULL, draft, 10, &out.preflight, E));
    REFUSED(ARGUMENT, kl_campaign_preflight(h, v, NULL, 10, &out.preflight, E));
    REFUSED(ARGUMENT, kl_campaign_preflight(h, v, draft, -1, &out.preflight, E));
    REFUSED(ARGUMENT, kl_campaign_preflight(h, v, draft, 10001, &out.preflight, E));
    REFUSED(ARGUMENT, kl_campaign_preflight(h, v, draft, 10, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_campaign_preflight(h, v, &nobody, 10, &out.preflight, E));
    REFUSED(KL_ERR_STATE, kl_campaign_preflight(h, v, sent, 10, &out.preflight, E));
    REFUSED(ARGUMENT, kl_campaign_enqueue(h, NULL, draft, 0, &out.number, E));
    REFUSED(ARGUMENT, kl_campaign_enqueue(h, v, NULL, 0, &out.number, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_campaign_enqueue(h, v, &nobody, 0, &out.number, E));
    REFUSED(KL_ERR_STATE, kl_campaign_enqueue(h, v, sent, 0, &out.number, E));
    REFUSED(ARGUMENT, kl_campaign_stats_get(h, NULL, draft, &out.stats, E));
    REFUSED(ARGUMENT, kl_campaign_stats_get(h, v, NULL, &out.stats, E));
    REFUSED(ARGUMENT, kl_campaign_stats_get(h, v, draft, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_campaign_stats_get(h, v, &nobody, &out.stats, E));
    REFUSED(ARGUMENT, kl_campaign_failures(h, NULL, draft, &out.failures, E));
    REFUSED(ARGUMENT, kl_campaign_failures(h, v, NULL, &out.failures, E));
    REFUSED(ARGUMENT, kl_campaign_failures(h, v, draft, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_campaign_failures(h, v, &nobody, &out.failures, E));
}
END_TEST

static kl_status complete(kl_send_result result, kl_error **error)
{
    return kl_batch_complete(h, lease, &result, 1, error);
}

START_TEST(batches)
{
    const kl_uuid *campaign = &t.id[CAMPAIGN];
    REFUSED(ARGUMENT, kl_batch_claim(h, NULL, campaign, 60000, &out.batch, E));
    REFUSED(ARGUMENT, kl_batch_claim(h, v, NULL, 60000, &out.batch, E));
    REFUSED(ARGUMENT, kl_batch_claim(h, v, campaign, 999, &out.batch, E));
    REFUSED(ARGUMENT, kl_batch_claim(h, v, campaign, 3600001, &out.batch, E));
    REFUSED(ARGUMENT, kl_batch_claim(h, v, campaign, 60000, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_batch_claim(h, v, &nobody, 60000, &out.batch, E));
    REFUSED(KL_ERR_STATE, kl_batch_claim(h, v, &t.id[DRAFT], 60000, &out.batch, E));
    REFUSED(KL_ERR_EMPTY, kl_batch_claim(h, v, campaign, 60000, &out.batch, E));
    REFUSED(ARGUMENT, kl_queue_claim(h, NULL, &t.id[WABA], 1, 60000, &out.batch, E));
    REFUSED(ARGUMENT, kl_queue_claim(h, v, NULL, 1, 60000, &out.batch, E));
    REFUSED(ARGUMENT, kl_queue_claim(h, v, &t.id[WABA], 0, 60000, &out.batch, E));
    REFUSED(ARGUMENT, kl_queue_claim(h, v, &t.id[WABA], 501, 60000, &out.batch, E));
    REFUSED(ARGUMENT, kl_queue_claim(h, v, &t.id[WABA], 1, 999, &out.batch, E));
    REFUSED(ARGUMENT, kl_queue_claim(h, v, &t.id[WABA], 1, 3600001, &out.batch, E));
    REFUSED(ARGUMENT, kl_queue_claim(h, v, &t.id[WABA], 1, 60000, NULL, E));
    REFUSED(KL_ERR_EMPTY, kl_queue_claim(h, v, &nobody, 1, 60000, &out.batch, E));
    REFUSED(ARGUMENT, kl_batch_start(h, NULL, 1, E));
    REFUSED(ARGUMENT, kl_batch_start(h, lease, kl_batch_count(lease) + 1, E));
    REFUSED(ARGUMENT, kl_batch_start(h, lease, SIZE_MAX, E));
    REFUSED(ARGUMENT, kl_batch_renew(h, NULL, 60000, E));
    REFUSED(ARGUMENT, kl_batch_renew(h, lease, 0, E));
    REFUSED(ARGUMENT, kl_batch_renew(h, lease, 3600001, E));
    REFUSED(ARGUMENT, kl_batch_release(h, NULL, E));
    REFUSED(ARGUMENT, kl_batch_complete(h, NULL, NULL, 0, E));
    REFUSED(ARGUMENT, kl_batch_complete(h, lease, NULL, 1, E));
    REFUSED(ARGUMENT, complete((kl_send_result){1, KL_SEND_ACCEPTED, "wamid.X", 0, NULL, 0}, E)); /* not started */
    REFUSED(ARGUMENT, complete((kl_send_result){SIZE_MAX, KL_SEND_ACCEPTED, "wamid.X", 0, NULL, 0}, E));
    REFUSED(ARGUMENT, complete((kl_send_result){0, KL_SEND_ACCEPTED, NULL, 0, NULL, 0}, E));
    REFUSED(ARGUMENT, complete((kl_send_result){0, KL_SEND_ACCEPTED, "", 0, NULL, 0}, E));
    REFUSED(KL_ERR_ENCODING, complete((kl_send_result){0, KL_SEND_ACCEPTED, not_utf8, 0, NULL, 0}, E));
    REFUSED(KL_ERR_TOO_LONG, complete((kl_send_result){0, KL_SEND_ACCEPTED, refused_letters(1025), 0, NULL, 0}, E));
    REFUSED(KL_ERR_TOO_LONG, complete((kl_send_result){0, KL_SEND_ACCEPTED, refused_letters(100000), 0, NULL, 0}, E));
    REFUSED(ARGUMENT, complete((kl_send_result){0, KL_SEND_DEFERRED, NULL, 131056, NULL, -1}, E));
    REFUSED(ARGUMENT, complete((kl_send_result){0, KL_SEND_DEFERRED, NULL, 131056, NULL, INT64_C(2592000001)}, E));
    REFUSED(ARGUMENT, complete((kl_send_result){0, (kl_send_outcome)0, "wamid.X", 0, NULL, 0}, E));
    REFUSED(ARGUMENT, complete((kl_send_result){0, (kl_send_outcome)5, "wamid.X", 0, NULL, 0}, E));
    /* One bad result among good ones stores none. */
    kl_send_result results[2] = {{0, KL_SEND_ACCEPTED, "wamid.X", 0, NULL, 0}, {7, KL_SEND_ACCEPTED, "wamid.Y", 0, NULL, 0}};
    REFUSED(ARGUMENT, kl_batch_complete(h, lease, results, 2, E));
}
END_TEST

START_TEST(recharges)
{
    const char *order = t.text[ORDER], *signature = refused_signature("{}", 2) + strlen("sha256=");
    kl_uuid nobody;
    ck_assert_int_eq(kl_uuid_generate(&nobody), KL_OK);
    REFUSED(ARGUMENT, kl_order_create(h, NULL, "order_1", 100, "INR", &out.order, E));
    REFUSED(ARGUMENT, kl_order_create(h, v, NULL, 100, "INR", &out.order, E));
    REFUSED(KL_ERR_FORMAT, kl_order_create(h, v, "", 100, "INR", &out.order, E));
    REFUSED(KL_ERR_FORMAT, kl_order_create(h, v, "order_", 100, "INR", &out.order, E));
    REFUSED(KL_ERR_FORMAT, kl_order_create(h, v, "pay_1", 100, "INR", &out.order, E));
    REFUSED(KL_ERR_FORMAT, kl_order_create(h, v, "order_a b", 100, "INR", &out.order, E));
    REFUSED(KL_ERR_FORMAT, kl_order_create(h, v, "order_\xff", 100, "INR", &out.order, E));
    REFUSED(KL_ERR_TOO_LONG, kl_order_create(h, v, refused_letters(65), 100, "INR", &out.order, E));
    REFUSED(ARGUMENT, kl_order_create(h, v, "order_1", 0, "INR", &out.order, E));
    REFUSED(ARGUMENT, kl_order_create(h, v, "order_1", 150, "INR", &out.order, E));
    REFUSED(ARGUMENT, kl_order_create(h, v, "order_1", KL_MONEY_MAX, "INR", &out.order, E));
    REFUSED(ARGUMENT, kl_order_create(h, v, "order_1", INT64_MAX, "INR", &out.order, E));
    REFUSED(ARGUMENT, kl_order_create(h, v, "order_1", -100, "INR", &out.order, E));
    REFUSED(ARGUMENT, kl_order_create(h, v, "order_1", 100, NULL, &out.order, E));
    REFUSED(KL_ERR_FORMAT, kl_order_create(h, v, "order_1", 100, "", &out.order, E));
    REFUSED(KL_ERR_FORMAT, kl_order_create(h, v, "order_1", 100, "inr", &out.order, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_order_create(h, &nobody, "order_1", 100, "INR", &out.order, E));
    REFUSED(KL_ERR_CONFLICT, kl_order_create(h, v, order, 100, "INR", &out.order, E));
    REFUSED(ARGUMENT, kl_order_get(h, NULL, order, &out.order, E));
    REFUSED(ARGUMENT, kl_order_get(h, v, NULL, &out.order, E));
    REFUSED(ARGUMENT, kl_order_get(h, v, order, NULL, E));
    REFUSED(KL_ERR_FORMAT, kl_order_get(h, v, "1", &out.order, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_order_get(h, v, "order_1", &out.order, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_order_get(h, &nobody, order, &out.order, E));
    REFUSED(ARGUMENT, kl_razorpay_take(h, signature, NULL, "{}", 2, E));
    REFUSED(ARGUMENT, kl_razorpay_take(h, signature, "", "{}", 2, E));
    REFUSED(KL_ERR_TOO_LONG, kl_razorpay_take(h, signature, refused_letters(256), "{}", 2, E));
    REFUSED(KL_ERR_ENCODING, kl_razorpay_take(h, signature, "\xc3(", "{}", 2, E));
    REFUSED(ARGUMENT, kl_razorpay_take(h, signature, "event", NULL, 2, E));
    REFUSED(KL_ERR_SIGNATURE, kl_razorpay_take(h, NULL, "event", "{}", 2, E));
    REFUSED(KL_ERR_SIGNATURE, kl_razorpay_take(h, "", "event", "{}", 2, E));
    REFUSED(KL_ERR_SIGNATURE, kl_razorpay_take(h, refused_signature("{}", 2), "event", "{}", 2, E));
    REFUSED(KL_ERR_SIGNATURE, kl_razorpay_take(h, refused_letters(100000), "event", "{}", 2, E));
    REFUSED(ARGUMENT, kl_razorpay_fold(h, 0, &out.recharged, E));
    REFUSED(ARGUMENT, kl_razorpay_fold(h, 10001, &out.recharged, E));
    REFUSED(ARGUMENT, kl_payment_kept_list(h, -1, 10, &out.kept, E));
    REFUSED(ARGUMENT, kl_payment_kept_list(h, 0, 0, &out.kept, E));
    REFUSED(ARGUMENT, kl_payment_kept_list(h, 0, 1001, &out.kept, E));
    REFUSED(ARGUMENT, kl_payment_kept_list(h, 0, 10, NULL, E));
    REFUSED(ARGUMENT, kl_payment_retry(h, NULL, E));
    REFUSED(ARGUMENT, kl_payment_retry(h, "", E));
    REFUSED(KL_ERR_TOO_LONG, kl_payment_retry(h, refused_letters(65), E));
    REFUSED(KL_ERR_ENCODING, kl_payment_retry(h, "\xff", E));
    REFUSED(KL_ERR_NOT_FOUND, kl_payment_retry(h, "pay_1", E));
    kl_options bare = KL_OPTIONS_INIT;
    unsetenv("KLOYST_RAZORPAY_SECRET");
    kl *without = fixture_handle(&bare);
    REFUSED(KL_ERR_KEY, kl_razorpay_take(without, signature, "event", "{}", 2, E));
    kl_free(without);
}
END_TEST

START_TEST(webhooks_with_a_handle)
{
    static const struct {
        const char *body;
        size_t length;
        kl_status status;
    } wrong[] = {
        {"", 0, KL_ERR_JSON},
        {"{", 1, KL_ERR_JSON},
        {"{}x", 3, KL_ERR_JSON},
        {"{\"a\":1,\"a\":2}", 13, KL_ERR_JSON},
        {"{\"a\":\"\0\"}", 9, KL_ERR_ENCODING},
        {"{\"a\":\"\xff\"}", 9, KL_ERR_ENCODING},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *signature = refused_signature(wrong[i].body, wrong[i].length);
        REFUSED(wrong[i].status, kl_webhook_take(h, signature, wrong[i].body, wrong[i].length, E));
    }
    REFUSED(ARGUMENT, kl_webhook_take(h, refused_signature("{}", 2), NULL, 2, E));
    REFUSED(KL_ERR_SIGNATURE, kl_webhook_take(h, NULL, "{}", 2, E));
    REFUSED(KL_ERR_SIGNATURE, kl_webhook_take(h, "", "{}", 2, E));
    REFUSED(KL_ERR_SIGNATURE, kl_webhook_take(h, "sha256=", "{}", 2, E));
    REFUSED(KL_ERR_SIGNATURE, kl_webhook_take(h, refused_letters(100000), "{}", 2, E));
    REFUSED(KL_ERR_SIGNATURE, kl_webhook_take(h, refused_signature("{ }", 3), "{}", 2, E));
    size_t over = KL_WEBHOOK_BODY_MAX + 1;
    char *large = calloc(1, over);
    ck_assert_ptr_nonnull(large);
    REFUSED(KL_ERR_TOO_LONG, kl_webhook_take(h, refused_signature(large, over), large, over, E));
    free(large);
    REFUSED(ARGUMENT, kl_webhook_take_request(h, NULL, 0, "{}", 2, E));
    REFUSED(ARGUMENT, kl_webhook_take_request(h, "", 0, NULL, 2, E));
    REFUSED(KL_ERR_SIGNATURE, kl_webhook_take_request(h, "X-Hub-Signature-256: sha256=\r\n", 30, "{}", 2, E));
    REFUSED(KL_ERR_SIGNATURE, kl_webhook_take_request(h, refused_letters(100000), 100000, "{}", 2, E));
    REFUSED(ARGUMENT, kl_webhook_retain(h, -1, 10, &out.number, E));
    REFUSED(ARGUMENT, kl_webhook_retain(h, 3651, 10, &out.number, E));
    REFUSED(ARGUMENT, kl_webhook_retain(h, 30, 0, &out.number, E));
    REFUSED(ARGUMENT, kl_webhook_retain(h, 30, 100001, &out.number, E));
    REFUSED(ARGUMENT, kl_webhook_replay(h, 2, 2, &out.number, E));
    REFUSED(ARGUMENT, kl_webhook_replay(h, 3, 2, &out.number, E));
    REFUSED(ARGUMENT, kl_webhook_stats_get(h, NULL, E));
    REFUSED(ARGUMENT, kl_webhook_aside_list(h, -1, 10, &out.asides, E));
    REFUSED(ARGUMENT, kl_webhook_aside_list(h, 0, 0, &out.asides, E));
    REFUSED(ARGUMENT, kl_webhook_aside_list(h, 0, 1001, &out.asides, E));
    REFUSED(ARGUMENT, kl_webhook_aside_list(h, 0, 10, NULL, E));
    REFUSED(ARGUMENT, kl_webhook_fold(h, 0, &out.folded, E));
    REFUSED(ARGUMENT, kl_webhook_fold(h, 10001, &out.folded, E));
    REFUSED(ARGUMENT, kl_webhook_fold(h, INT_MIN, &out.folded, E));
    kl_options bare = KL_OPTIONS_INIT;
    unsetenv("KLOYST_APP_SECRET");
    unsetenv("KLOYST_MASTER_KEY");
    kl *without = fixture_handle(&bare);
    REFUSED(KL_ERR_KEY, kl_webhook_take(without, refused_signature("{}", 2), "{}", 2, E));
    REFUSED(KL_ERR_KEY, kl_waba_create(without, v, "1", "2", "token", 5, &out.waba, E));
    REFUSED(KL_ERR_KEY, kl_waba_set_token(without, v, &t.id[WABA], "token", 5, E));
    REFUSED(KL_ERR_KEY, kl_waba_reseal(without, v, &out.number, E));
    REFUSED(KL_ERR_KEY, kl_waba_token(without, v, &t.id[WABA], &out.token, &out.token_length, E));
    REFUSED(KL_ERR_KEY, kl_batch_claim(without, v, &t.id[CAMPAIGN], 60000, &out.batch, E));
    REFUSED(KL_ERR_KEY, kl_worker_new(without, NULL, &out.worker, E));
    kl_free(without);
}
END_TEST

#define WORKER(...)                                                                                                    \
    do {                                                                                                               \
        kl_worker_options o = KL_WORKER_OPTIONS_INIT;                                                                  \
        __VA_ARGS__;                                                                                                   \
        REFUSED(ARGUMENT, kl_worker_new(h, &o, &out.worker, E));                                                         \
    } while (0)

START_TEST(pulling)
{
    kl_error *error = NULL;
    kl_worker *worker = NULL;
    kl_outgoing messages[1];
    size_t count = 7;
    int wait = 7;
    kl_worker_report report;
    ck_assert_int_eq(kl_worker_new(h, NULL, &worker, &error), KL_OK);
    REFUSED(ARGUMENT, kl_worker_pull(NULL, messages, 1, &count, &wait, E));
    REFUSED(ARGUMENT, kl_worker_pull(worker, NULL, 1, &count, &wait, E));
    REFUSED(ARGUMENT, kl_worker_pull(worker, messages, 0, &count, &wait, E));
    REFUSED(ARGUMENT, kl_worker_pull(worker, messages, 1001, &count, &wait, E));
    REFUSED(ARGUMENT, kl_worker_pull(worker, messages, 1, NULL, &wait, E));
    REFUSED(ARGUMENT, kl_worker_pull(worker, messages, 1, &count, NULL, E));
    REFUSED(ARGUMENT, kl_worker_answer(NULL, 1, KL_REQUEST_NOT_SENT, 0, NULL, 0, E));
    REFUSED(ARGUMENT, kl_worker_answer(worker, 1, (kl_request_end)0, 0, NULL, 0, E));
    REFUSED(ARGUMENT, kl_worker_answer(worker, 1, (kl_request_end)4, 0, NULL, 0, E));
    REFUSED(ARGUMENT, kl_worker_answer(worker, 1, KL_REQUEST_ANSWERED, 200, NULL, 1, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_worker_answer(worker, 1, KL_REQUEST_ANSWERED, 200, "{}", 2, E));
    REFUSED(ARGUMENT, kl_worker_finish(NULL, &report, E));
    REFUSED(KL_ERR_STATE, kl_worker_finish(worker, &report, E));
    ck_assert(count == 7 && wait == 7);
    kl_worker_free(worker);
}
END_TEST

START_TEST(worker_options)
{
    REFUSED(ARGUMENT, kl_worker_new(h, NULL, NULL, E));
    REFUSED(ARGUMENT, kl_worker_run(NULL, NULL, E));
    REFUSED(ARGUMENT, kl_housekeep(h, -1, &out.number, E));
    REFUSED(ARGUMENT, kl_housekeep(h, 10001, &out.number, E));
    WORKER(o.size = 0);
    WORKER(o.size = offsetof(kl_worker_options, retain_days));
    WORKER(o.size = SIZE_MAX);
    WORKER(o.max_in_flight = 0);
    WORKER(o.max_in_flight = 10001);
    WORKER(o.request_timeout_ms = 0);
    WORKER(o.request_timeout_ms = -1);
    WORKER(o.connect_timeout_ms = 0);
    WORKER(o.connect_timeout_ms = 600001);
    WORKER(o.lease_ms = 999);
    WORKER(o.lease_ms = 3600001);
    WORKER(o.max_attempts = 0);
    WORKER(o.max_attempts = 11);
    WORKER(o.retain_days = -1);
    WORKER(o.retain_days = 3651);
    WORKER(o.base_url = "");
    WORKER(o.base_url = "graph");
    WORKER(o.base_url = "http://graph.example.com");
    WORKER(o.base_url = "http://127.0.0.1.example.com");
    WORKER(o.base_url = "http://localhost@graph.example.com");
    WORKER(o.base_url = "ftp://127.0.0.1");
    WORKER(o.base_url = "file:///etc/passwd");
    WORKER(o.base_url = "https://user:secret@graph.example.com");
    WORKER(o.base_url = "https://graph.example.com/?q=");
    WORKER(o.base_url = "https://graph.example.com\r\nX: y");
    WORKER(o.base_url = refused_letters(100000));
    WORKER(o.api_version = "");
    WORKER(o.api_version = "../v25.0");
    WORKER(o.api_version = "v25.0\r\nX: y");
    WORKER(o.api_version = refused_letters(100000));
    kl_error *error = NULL;
    kl_worker_options o = KL_WORKER_OPTIONS_INIT;
    o.base_url = "https://user:secret@graph.example.com";
    ck_assert_int_eq(kl_worker_new(h, &o, &out.worker, &error), ARGUMENT);
    ck_assert_ptr_null(strstr(kl_error_message(error), "secret"));
    kl_error_free(error);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("bad sending");
    TCase *test_case = refused_case("bad sending");
    tcase_add_test(test_case, campaign_options);
    tcase_add_test(test_case, campaign_parameters);
    tcase_add_test(test_case, campaigns);
    tcase_add_test(test_case, the_life_of_campaigns);
    tcase_add_test(test_case, hours_and_audiences_of_campaigns);
    tcase_add_test(test_case, batches);
    tcase_add_test(test_case, webhooks_with_a_handle);
    tcase_add_test(test_case, recharges);
    tcase_add_test(test_case, pulling);
    tcase_add_test(test_case, worker_options);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
