/* What stands without a handle: getters of NULL answer neutral values, and plain functions refuse bad input. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kloyst/kloyst.h>

#include "harness/suite.h"
#include "harness/surface.h"

#define NIL(call)                                                                                                      \
    {                                                                                                                  \
        kl_uuid id = call, nil = {{0}};                                                                                \
        ck_assert_msg(memcmp(&id, &nil, sizeof id) == 0, #call);                                                       \
    }
#define EMPTY(call) ck_assert_str_eq(call, "")
#define NOTHING(call) ck_assert_msg((call) == NULL, #call)
#define ZERO(call) ck_assert_msg((int64_t)(call) == 0, #call)

START_TEST(getters_of_null_answer_neutral_values)
{
    ck_assert_int_eq(kl_completion_queue_descriptor(NULL), -1);
    ZERO(kl_completion_queue_pending(NULL));
    ZERO(kl_batch_count(NULL));
    NIL(kl_batch_message_id(NULL, 0));
    EMPTY(kl_batch_mobile(NULL, 0));
    EMPTY(kl_batch_body(NULL, 0));
    NIL(kl_batch_campaign_id(NULL));
    NIL(kl_batch_vendor_id(NULL));
    NIL(kl_batch_waba_account_id(NULL));
    EMPTY(kl_batch_phone_number_id(NULL));
    EMPTY(kl_batch_template_name(NULL, 0));
    EMPTY(kl_batch_template_category(NULL, 0));
    ZERO(kl_batch_attempts(NULL, 0));
    NOTHING(kl_batch_message_campaign_id(NULL, 0));
    ck_assert_int_eq(kl_batch_no(NULL), -1);
    ZERO(kl_preflight_contacts(NULL));
    ZERO(kl_preflight_blocked(NULL));
    ZERO(kl_preflight_opted_out(NULL));
    ZERO(kl_preflight_invalid(NULL));
    ZERO(kl_preflight_unpriced(NULL));
    ZERO(kl_preflight_cost(NULL));
    ZERO(kl_preflight_available(NULL));
    ZERO(kl_preflight_listed(NULL));
    NIL(kl_preflight_contact_id(NULL, 0));
    EMPTY(kl_preflight_mobile(NULL, 0));
    ZERO(kl_preflight_parameter(NULL, 0));
    EMPTY(kl_preflight_reason(NULL, 0));
    NIL(kl_campaign_id(NULL));
    NIL(kl_campaign_vendor_id(NULL));
    EMPTY(kl_campaign_name(NULL));
    ZERO(kl_campaign_status_of(NULL));
    NIL(kl_campaign_waba_account_id(NULL));
    EMPTY(kl_campaign_template_name(NULL));
    EMPTY(kl_campaign_template_language(NULL));
    ZERO(kl_campaign_parameter_format(NULL));
    ZERO(kl_campaign_price(NULL));
    ZERO(kl_campaign_recipients(NULL));
    ZERO(kl_campaign_created_at(NULL));
    ZERO(kl_campaign_queued_at(NULL));
    ZERO(kl_campaign_completed_at(NULL));
    ZERO(kl_campaign_starts_at(NULL));
    EMPTY(kl_campaign_pause_reason(NULL));
    ZERO(kl_campaign_page_count(NULL));
    ZERO(kl_campaign_failure_page_count(NULL));
    ZERO(kl_campaign_failure_page_code(NULL, 0));
    ZERO(kl_campaign_failure_page_messages(NULL, 0));
    NIL(kl_order_vendor_id(NULL));
    EMPTY(kl_order_id(NULL));
    ZERO(kl_order_amount(NULL));
    EMPTY(kl_order_currency(NULL));
    ZERO(kl_order_created_at(NULL));
    ZERO(kl_finding_level_of(NULL));
    EMPTY(kl_finding_subject(NULL));
    EMPTY(kl_finding_text(NULL));
    ZERO(kl_finding_page_count(NULL));
    NOTHING(kl_finding_page_at(NULL, 0));
    ZERO(kl_webhook_aside_id(NULL));
    EMPTY(kl_webhook_aside_reason(NULL));
    EMPTY(kl_webhook_aside_item(NULL, NULL));
    NOTHING(kl_webhook_aside_phone_number_id(NULL));
    ZERO(kl_webhook_aside_at(NULL));
    ZERO(kl_webhook_aside_page_count(NULL));
    NOTHING(kl_webhook_aside_page_at(NULL, 0));
    ZERO(kl_payment_kept_id(NULL));
    ZERO(kl_payment_kept_reason(NULL));
    EMPTY(kl_payment_kept_subject(NULL));
    NOTHING(kl_payment_kept_payment_id(NULL));
    NOTHING(kl_payment_kept_order_id(NULL));
    NOTHING(kl_payment_kept_vendor_id(NULL));
    ZERO(kl_payment_kept_amount(NULL));
    NOTHING(kl_payment_kept_currency(NULL));
    NOTHING(kl_payment_kept_event(NULL));
    ZERO(kl_payment_kept_at(NULL));
    ZERO(kl_payment_kept_page_count(NULL));
    NOTHING(kl_payment_kept_page_at(NULL, 0));
    EMPTY(kl_kept_reason_text((kl_kept_reason)0));
    EMPTY(kl_kept_reason_text((kl_kept_reason)99));
    NOTHING(kl_campaign_page_at(NULL, 0));
    NIL(kl_contact_id(NULL));
    NIL(kl_contact_vendor_id(NULL));
    EMPTY(kl_contact_mobile(NULL));
    EMPTY(kl_contact_attributes(NULL));
    ZERO(kl_contact_created_at(NULL));
    ZERO(kl_contact_updated_at(NULL));
    NOTHING(kl_contact_bsuid(NULL));
    ZERO(kl_contact_opted_out_at(NULL));
    ZERO(kl_contact_blocked_at(NULL));
    ZERO(kl_contact_undeliverable_at(NULL));
    NIL(kl_consent_id(NULL));
    NIL(kl_consent_vendor_id(NULL));
    NIL(kl_consent_contact_id(NULL));
    ZERO(kl_consent_kind_of(NULL));
    ZERO(kl_consent_source_of(NULL));
    ZERO(kl_consent_said_at(NULL));
    ZERO(kl_consent_created_at(NULL));
    EMPTY(kl_consent_user(NULL));
    NOTHING(kl_consent_message_id(NULL));
    NOTHING(kl_consent_text(NULL));
    ZERO(kl_consent_page_count(NULL));
    NOTHING(kl_consent_page_at(NULL, 0));
    ZERO(kl_event_kind_of(NULL));
    ZERO(kl_event_happened_at(NULL));
    NOTHING(kl_event_message_id(NULL));
    NOTHING(kl_event_contact_id(NULL));
    NOTHING(kl_event_campaign_id(NULL));
    ZERO(kl_event_state(NULL));
    NOTHING(kl_event_subject(NULL));
    NOTHING(kl_event_detail(NULL));
    ZERO(kl_event_page_count(NULL));
    NOTHING(kl_event_page_at(NULL, 0));
    ZERO(kl_event_page_missed(NULL));
    ZERO(kl_contact_page_count(NULL));
    NOTHING(kl_contact_page_at(NULL, 0));
    EMPTY(kl_error_class_name((kl_error_class)0));
    EMPTY(kl_error_class_name((kl_error_class)99));
    ck_assert_int_eq(kl_error_policy_get(0, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_error_policy_unreadable(NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_error_policy_at(0, NULL), KL_ERR_ARGUMENT);
    ck_assert_uint_gt(kl_error_policy_count(), 0);
    ck_assert_str_eq(kl_log_level_name((kl_log_level)0), "?");
    NIL(kl_recipient_message_id(NULL));
    NOTHING(kl_recipient_contact_id(NULL));
    EMPTY(kl_recipient_mobile(NULL));
    ZERO(kl_recipient_batch_no(NULL));
    ZERO(kl_recipient_price(NULL));
    ZERO(kl_recipient_state_of(NULL));
    NOTHING(kl_recipient_wa_message_id(NULL));
    ZERO(kl_recipient_error_code(NULL));
    NOTHING(kl_recipient_error_text(NULL));
    ZERO(kl_recipient_sent_at(NULL));
    ZERO(kl_recipient_delivered_at(NULL));
    ZERO(kl_recipient_read_at(NULL));
    ZERO(kl_recipient_failed_at(NULL));
    ZERO(kl_recipient_next_at(NULL));
    ZERO(kl_recipient_attempts(NULL));
    NOTHING(kl_recipient_retry_of(NULL));
    ZERO(kl_recipient_page_count(NULL));
    NOTHING(kl_recipient_page_at(NULL, 0));
    NIL(kl_breaker_id(NULL));
    ZERO(kl_breaker_scope_of(NULL));
    EMPTY(kl_breaker_subject(NULL));
    EMPTY(kl_breaker_language(NULL));
    ZERO(kl_breaker_code(NULL));
    EMPTY(kl_breaker_reason(NULL));
    ZERO(kl_breaker_opened_at(NULL));
    ZERO(kl_breaker_resumes_at(NULL));
    ZERO(kl_breaker_shared(NULL));
    ZERO(kl_breaker_page_count(NULL));
    NOTHING(kl_breaker_page_at(NULL, 0));
    NIL(kl_template_id(NULL));
    NIL(kl_template_vendor_id(NULL));
    EMPTY(kl_template_waba_id(NULL));
    EMPTY(kl_template_meta_id(NULL));
    EMPTY(kl_template_name(NULL));
    EMPTY(kl_template_language(NULL));
    EMPTY(kl_template_status(NULL));
    EMPTY(kl_template_reason(NULL));
    EMPTY(kl_template_quality(NULL));
    EMPTY(kl_template_components(NULL));
    EMPTY(kl_template_unsupported(NULL));
    ZERO(kl_template_category_of(NULL));
    ZERO(kl_template_parameter_format(NULL));
    ZERO(kl_template_parameter_count(NULL));
    EMPTY(kl_template_parameter_place(NULL, 0));
    EMPTY(kl_template_parameter_name(NULL, 0));
    ZERO(kl_template_created_at(NULL));
    ZERO(kl_template_updated_at(NULL));
    ZERO(kl_template_outdated_at(NULL));
    ZERO(kl_template_page_count(NULL));
    NOTHING(kl_template_page_at(NULL, 0));
    NOTHING(kl_rate_vendor_id(NULL));
    ZERO(kl_rate_category(NULL));
    EMPTY(kl_rate_digits(NULL));
    ZERO(kl_rate_effective_from(NULL));
    ck_assert_int_eq(kl_rate_amount(NULL), KL_RATE_NONE);
    ZERO(kl_rate_page_count(NULL));
    NOTHING(kl_rate_page_at(NULL, 0));
    NIL(kl_message_id(NULL));
    NIL(kl_message_vendor_id(NULL));
    NOTHING(kl_message_campaign_id(NULL));
    NOTHING(kl_message_contact_id(NULL));
    EMPTY(kl_message_mobile(NULL));
    NOTHING(kl_message_wa_message_id(NULL));
    ZERO(kl_message_status_of(NULL));
    ZERO(kl_message_direction_of(NULL));
    ZERO(kl_message_price(NULL));
    ZERO(kl_message_error_code(NULL));
    NOTHING(kl_message_error_text(NULL));
    NOTHING(kl_message_content(NULL));
    ZERO(kl_message_kind_of(NULL));
    NOTHING(kl_message_text(NULL));
    NOTHING(kl_message_payload(NULL));
    NOTHING(kl_message_reply_to(NULL));
    NOTHING(kl_message_context_wamid(NULL));
    NOTHING(kl_message_phone_number_id(NULL));
    ZERO(kl_message_sent_at(NULL));
    ZERO(kl_message_delivered_at(NULL));
    ZERO(kl_message_read_at(NULL));
    ZERO(kl_message_failed_at(NULL));
    ZERO(kl_message_created_at(NULL));
    ZERO(kl_message_page_count(NULL));
    NOTHING(kl_message_page_at(NULL, 0));
    ZERO(kl_error_status(NULL));
    EMPTY(kl_error_message(NULL));
    EMPTY(kl_error_sqlstate(NULL));
    ZERO(kl_error_retriable(NULL));
    NIL(kl_user_id(NULL));
    NIL(kl_user_vendor_id(NULL));
    EMPTY(kl_user_email(NULL));
    ZERO(kl_user_role_of(NULL));
    ZERO(kl_user_created_at(NULL));
    ZERO(kl_user_updated_at(NULL));
    ZERO(kl_user_page_count(NULL));
    NOTHING(kl_user_page_at(NULL, 0));
    NIL(kl_vendor_id(NULL));
    EMPTY(kl_vendor_name(NULL));
    ZERO(kl_vendor_plan_type(NULL));
    EMPTY(kl_vendor_settings(NULL));
    ZERO(kl_vendor_created_at(NULL));
    ZERO(kl_vendor_updated_at(NULL));
    ZERO(kl_vendor_page_count(NULL));
    NOTHING(kl_vendor_page_at(NULL, 0));
    NIL(kl_waba_id(NULL));
    NIL(kl_waba_vendor_id(NULL));
    EMPTY(kl_waba_meta_id(NULL));
    EMPTY(kl_waba_phone_number_id(NULL));
    ZERO(kl_waba_messages_per_second(NULL));
    ZERO(kl_waba_created_at(NULL));
    ZERO(kl_waba_updated_at(NULL));
    ZERO(kl_waba_page_count(NULL));
    NOTHING(kl_waba_page_at(NULL, 0));
    ZERO(kl_wallet_results_count(NULL));
    ck_assert_int_eq(kl_wallet_results_status(NULL, 0), KL_ERR_ARGUMENT);
    EMPTY(kl_wallet_results_message(NULL, 0));
    NOTHING(kl_wallet_results_transaction(NULL, 0));
    NIL(kl_wallet_id(NULL));
    NIL(kl_wallet_vendor_id(NULL));
    ZERO(kl_wallet_balance(NULL));
    ZERO(kl_wallet_held(NULL));
    ZERO(kl_wallet_available(NULL));
    ZERO(kl_wallet_seq(NULL));
    ZERO(kl_wallet_updated_at(NULL));
    NIL(kl_transaction_id(NULL));
    NIL(kl_transaction_vendor_id(NULL));
    NIL(kl_transaction_wallet_id(NULL));
    ZERO(kl_transaction_seq(NULL));
    ZERO(kl_transaction_type_of(NULL));
    ZERO(kl_transaction_amount(NULL));
    ZERO(kl_transaction_balance_after(NULL));
    EMPTY(kl_transaction_reference(NULL));
    NOTHING(kl_transaction_idempotency_key(NULL));
    NOTHING(kl_transaction_debit_id(NULL));
    NOTHING(kl_transaction_campaign_id(NULL));
    ck_assert_int_eq(kl_transaction_batch_no(NULL), -1);
    NOTHING(kl_transaction_hold_id(NULL));
    NOTHING(kl_transaction_hash(NULL));
    ZERO(kl_transaction_created_at(NULL));
    ZERO(kl_transaction_page_count(NULL));
    NOTHING(kl_transaction_page_at(NULL, 0));
    ZERO(kl_day_total_day(NULL));
    ZERO(kl_day_total_type(NULL));
    ZERO(kl_day_total_count(NULL));
    ZERO(kl_day_total_amount(NULL));
    ZERO(kl_day_total_page_count(NULL));
    NOTHING(kl_day_total_page_at(NULL, 0));
    NIL(kl_hold_id(NULL));
    ZERO(kl_hold_amount(NULL));
    ZERO(kl_hold_captured(NULL));
    ZERO(kl_hold_released(NULL));
    ZERO(kl_hold_left(NULL));
    EMPTY(kl_hold_reference(NULL));
    NOTHING(kl_hold_campaign_id(NULL));
    ZERO(kl_hold_created_at(NULL));
    ZERO(kl_hold_expires_at(NULL));
}
END_TEST

START_TEST(every_release_takes_null)
{
    kl_completion_queue_close(NULL);
    kl_completion_queue_free(NULL);
    kl_options_init(NULL);
    kl_import_options_init(NULL);
    kl_campaign_options_init(NULL);
    kl_message_options_init(NULL);
    kl_worker_options_init(NULL);
    kl_worker_stop(NULL);
    kl_worker_free(NULL);
    kl_secret_free(NULL, 0);
    kl_secret_free(NULL, SIZE_MAX);
    kl_batch_free(NULL);
    kl_preflight_free(NULL);
    kl_campaign_free(NULL);
    kl_campaign_page_free(NULL);
    kl_campaign_failure_page_free(NULL);
    kl_order_free(NULL);
    kl_payment_kept_page_free(NULL);
    kl_finding_page_free(NULL);
    kl_webhook_aside_page_free(NULL);
    kl_contact_free(NULL);
    kl_contact_page_free(NULL);
    kl_consent_free(NULL);
    kl_template_free(NULL);
    kl_template_page_free(NULL);
    kl_rate_page_free(NULL);
    kl_consent_page_free(NULL);
    kl_event_page_free(NULL);
    kl_metrics_text_free(NULL);
    kl_metrics_init(NULL);
    kl_recipient_free(NULL);
    kl_recipient_page_free(NULL);
    kl_breaker_free(NULL);
    kl_breaker_page_free(NULL);
    kl_message_free(NULL);
    kl_message_page_free(NULL);
    kl_error_free(NULL);
    kl_user_free(NULL);
    kl_user_page_free(NULL);
    kl_vendor_free(NULL);
    kl_vendor_page_free(NULL);
    kl_waba_free(NULL);
    kl_waba_page_free(NULL);
    kl_wallet_results_free(NULL);
    kl_wallet_free(NULL);
    kl_transaction_free(NULL);
    kl_transaction_page_free(NULL);
    kl_day_total_page_free(NULL);
    kl_hold_free(NULL);
}
END_TEST

START_TEST(options_start_from_their_defaults)
{
    kl_options options, defaults = KL_OPTIONS_INIT;
    memset(&options, 0x5A, sizeof options);
    kl_options_init(&options);
    ck_assert_uint_eq(options.size, sizeof options);
    ck_assert_int_eq(options.pool_size, defaults.pool_size);
    ck_assert(!options.log && options.log_level == KL_LOG_INFO);
    kl_metrics metrics;
    memset(&metrics, 0x5A, sizeof metrics);
    kl_metrics_init(&metrics);
    ck_assert_uint_eq(metrics.size, sizeof metrics);
    ck_assert(!metrics.requests && !metrics.breakers_open && !metrics.refusals[6]);
    kl_import_options import;
    memset(&import, 0x5A, sizeof import);
    kl_import_options_init(&import);
    ck_assert_uint_eq(import.size, sizeof import);
    ck_assert(!import.country && !import.mobile_column && !import.delimiter && !import.progress && !import.reject);
    kl_campaign_options campaign;
    memset(&campaign, 0x5A, sizeof campaign);
    kl_campaign_options_init(&campaign);
    ck_assert_uint_eq(campaign.size, sizeof campaign);
    ck_assert(!campaign.name && !campaign.parameters && campaign.parameter_format == KL_PARAMETERS_POSITIONAL);
    kl_message_options message;
    memset(&message, 0x5A, sizeof message);
    kl_message_options_init(&message);
    ck_assert_uint_eq(message.size, sizeof message);
    ck_assert(!message.to && message.kind == KL_CONTENT_TEXT && message.price == KL_PRICE_BY_RATE_CARD && !message.at);
    kl_worker_options worker;
    memset(&worker, 0x5A, sizeof worker);
    kl_worker_options_init(&worker);
    ck_assert_uint_eq(worker.size, sizeof worker);
    ck_assert(!worker.vendor_id && !worker.progress && worker.until_idle == 1);
}
END_TEST

START_TEST(statuses_out_of_the_table_are_named_as_unknown)
{
    static const int numbers[] = {-1, 6, 19, 1000, INT_MAX, INT_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        ck_assert_str_eq(kl_status_name((kl_status)numbers[i]), "KL_ERR_?");
        ck_assert(*kl_status_text((kl_status)numbers[i]));
        ck_assert_int_eq(kl_status_retriable((kl_status)numbers[i]), 0);
        ck_assert(kl_phone_reason_text((kl_phone_reason)numbers[i]) &&
                  *kl_phone_reason_text((kl_phone_reason)numbers[i]));
    }
    NOTHING(kl_status_at(kl_status_count()));
    NOTHING(kl_status_at(SIZE_MAX));
    ck_assert_str_eq(kl_version(), KL_VERSION);
}
END_TEST

START_TEST(values_that_are_none_are_refused_and_leave_the_output_alone)
{
    static const char *const ids[] = {"",
                                      "x",
                                      "0190a5f0-0000-7000-8000-00000000000",
                                      "0190a5f0-0000-7000-8000-0000000000000",
                                      "0190a5f0x0000-7000-8000-000000000000",
                                      "g190a5f0-0000-7000-8000-000000000000",
                                      "{0190a5f0-0000-7000-8000-00000000000}",
                                      "0190a5f0000070008000000000000000"};
    static const char *const amounts[] = {"",    "-",  ".",  "1.",      ".5",  "+1",  "1e3",
                                          "1,5", " 1", "1 ", "0.00001", "NaN", "0x1", "--1"};
    kl_uuid id, same;
    kl_money amount = 77;
    char text[KL_UUID_TEXT + 1] = "untouched";
    memset(&id, 0x5A, sizeof id);
    same = id;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        ck_assert_msg(kl_uuid_parse(ids[i], &id) == KL_ERR_FORMAT, "%s", ids[i]);
    ck_assert_int_eq(kl_uuid_parse(NULL, &id), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_uuid_parse("0190a5f0-0000-7000-8000-000000000000", NULL), KL_ERR_ARGUMENT);
    ck_assert_mem_eq(&id, &same, sizeof id);
    ck_assert_int_eq(kl_uuid_generate(NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_uuid_format(NULL, text), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_uuid_format(&id, NULL), KL_ERR_ARGUMENT);
    ck_assert_str_eq(text, "untouched");
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++)
        ck_assert_msg(kl_money_parse(amounts[i], &amount) == KL_ERR_FORMAT, "%s", amounts[i]);
    ck_assert_int_eq(kl_money_parse("1000000", &amount), KL_ERR_LIMIT);
    ck_assert_int_eq(kl_money_parse("-1000000.0000", &amount), KL_ERR_LIMIT);
    ck_assert_int_eq(kl_money_parse(NULL, &amount), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_money_parse("1", NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(amount, 77);
    ck_assert_int_eq(kl_money_format(8631, NULL, 10), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_money_format(8631, text, 6), KL_ERR_TOO_LONG);
    ck_assert_int_eq(kl_money_format(INT64_MIN, text, 0), KL_ERR_TOO_LONG);
    ck_assert_int_eq(kl_money_format(INT64_MIN, text, KL_MONEY_TEXT), KL_OK);
    ck_assert_str_eq(text, "-922337203685477.5808");
}
END_TEST

START_TEST(numbers_that_are_none_are_refused_with_their_reason)
{
    static const struct {
        const char *text, *country;
        kl_status status;
    } wrong[] = {{NULL, NULL, KL_ERR_ARGUMENT},
                 {"+4917112345678", "XX", KL_ERR_ARGUMENT},
                 {"+4917112345678", "", KL_ERR_ARGUMENT},
                 {"+4917112345678", "DEU", KL_ERR_ARGUMENT},
                 {"", NULL, KL_ERR_FORMAT},
                 {"017112345678", NULL, KL_ERR_FORMAT},
                 {"+49171\xff", NULL, KL_ERR_FORMAT},
                 {"+1", NULL, KL_ERR_FORMAT},
                 {"call me", "DE", KL_ERR_FORMAT}};
    char number[KL_PHONE_TEXT];
    kl_phone_reason reason;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        strcpy(number, "123");
        ck_assert_msg(kl_phone_normalize(wrong[i].text, wrong[i].country, number, &reason) == wrong[i].status, "%zu",
                      i);
        ck_assert_str_eq(number, "");
        ck_assert_int_eq(kl_phone_normalize(wrong[i].text, wrong[i].country, number, NULL), wrong[i].status);
        ck_assert(wrong[i].status == KL_ERR_ARGUMENT || reason != KL_PHONE_OK);
    }
    ck_assert_int_eq(kl_phone_normalize("+4917112345678", NULL, NULL, NULL), KL_ERR_ARGUMENT);
}
END_TEST

START_TEST(completion_queues_refuse_what_is_missing)
{
    ck_assert_int_eq(kl_completion_queue_new(1, NULL, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_completion_queue_submit(NULL, NULL, NULL, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_completion_queue_cancel(NULL, NULL, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_completion_queue_next(NULL, NULL), KL_ERR_ARGUMENT);
}
END_TEST

START_TEST(webhook_helpers_refuse_what_is_missing)
{
    ck_assert_int_eq(kl_webhook_challenge(NULL, "t", "t"), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_webhook_challenge("subscribe", NULL, "t"), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_webhook_challenge("subscribe", "t", NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_webhook_challenge("subscribe", "", ""), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_webhook_challenge("subscribe", "", "t"), KL_ERR_SIGNATURE);
    ck_assert_int_eq(kl_webhook_challenge("unsubscribe", "t", "t"), KL_ERR_SIGNATURE);
    ck_assert_int_eq(kl_webhook_challenge("subscribe", "tt", "t"), KL_ERR_SIGNATURE);
    ck_assert_int_eq(kl_webhook_challenge("subscribe", "t", "t"), KL_OK);
    ck_assert_int_eq(kl_webhook_verify(NULL, "sha256=", "{}", 2), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_webhook_verify("", "sha256=", "{}", 2), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_webhook_verify("s", "sha256=", NULL, 2), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_webhook_verify("s", NULL, "{}", 2), KL_ERR_SIGNATURE);
    ck_assert_int_eq(kl_webhook_verify("s", "sha256=00", "{}", 2), KL_ERR_SIGNATURE);
    ck_assert_int_eq(kl_webhook_verify("s", "sha1=00", "{}", 2), KL_ERR_SIGNATURE);
}
END_TEST

/* ---- completeness -------------------------------------------------------- */

static char *read_tests(void)
{
    static const char *const files[] = {"tests/integration/test_bad_handle.c", "tests/integration/test_bad_input.c",
                                        "tests/integration/test_bad_sending.c", "tests/integration/test_open.c",
                                        "tests/unit/test_null_objects.c"};
    enum { ROOM = 300000 };
    char *text = calloc(1, ROOM);
    size_t length = 0;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        FILE *file = fopen(files[i], "r");
        ck_assert_msg(file != NULL, "%s", files[i]);
        length += fread(text + length, 1, ROOM - 1 - length, file);
        fclose(file);
    }
    ck_assert_uint_lt(length, ROOM - 1);
    return text;
}

START_TEST(every_function_of_the_headers_is_called_with_bad_input)
{
    size_t count;
    const surface_function *functions = surface_read(&count);
    char *text = read_tests();
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(functions[i].name);
        const char *at = text;
        while ((at = strstr(at, functions[i].name)) && at[length] != '(' && at[length] != ',')
            at++;
        ck_assert_msg(at != NULL, "%s is in none of these tests", functions[i].name);
    }
    free(text);
    ck_assert_uint_gt(count, 200);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("null objects");
    TCase *test_case = tcase_create("null objects");
    tcase_add_test(test_case, getters_of_null_answer_neutral_values);
    tcase_add_test(test_case, every_release_takes_null);
    tcase_add_test(test_case, options_start_from_their_defaults);
    tcase_add_test(test_case, statuses_out_of_the_table_are_named_as_unknown);
    tcase_add_test(test_case, values_that_are_none_are_refused_and_leave_the_output_alone);
    tcase_add_test(test_case, numbers_that_are_none_are_refused_with_their_reason);
    tcase_add_test(test_case, completion_queues_refuse_what_is_missing);
    tcase_add_test(test_case, webhook_helpers_refuse_what_is_missing);
    tcase_add_test(test_case, every_function_of_the_headers_is_called_with_bad_input);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
