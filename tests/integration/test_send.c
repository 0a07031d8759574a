/* Promises of single messages: who may be written to, at what price, once; and what is queued is what Meta documents. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"

#define h fixture.handle
#define NUMBER "106540352242922"
#define USER "919812345678"
#define HOUR INT64_C(3600000000)

static kl_uuid vendor, account;

static kl_time now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (kl_time)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static void start(void)
{
    vendor = fixture_vendor("A", 1000000);
    account = fixture_waba(&vendor, NUMBER);
}

static void wrote(const char *user, kl_time at)
{
    sent_window(&vendor, NUMBER, user, at);
}

static kl_message_options text(void)
{
    kl_message_options o = KL_MESSAGE_OPTIONS_INIT;
    o.waba_account_id = &account;
    o.to = "+91 98123 45678";
    o.text = "Hello";
    return o;
}

static kl_message_options offer(void)
{
    kl_message_options o = text();
    o.kind = KL_CONTENT_TEMPLATE;
    o.text = NULL;
    o.template_name = "offer";
    o.template_language = "en";
    o.parameters = "[{\"text\":\"Asha\"}]";
    o.parameters_length = strlen(o.parameters);
    o.price = 8631;
    return o;
}

static kl_uuid sent(const kl_message_options *options)
{
    kl_error *error = NULL;
    kl_uuid id;
    ck_ok(kl_message_send(h, &vendor, options, &id, &error));
    return id;
}

static void refused(const kl_message_options *options, kl_status expected, const char *message)
{
    kl_error *error = NULL;
    kl_status status = kl_message_send(h, &vendor, options, NULL, &error);
    ck_assert_msg(status == expected, "%s: %s", kl_status_name(status), kl_error_message(error));
    if (message)
        ck_assert_msg(strstr(kl_error_message(error), message) != NULL, "%s", kl_error_message(error));
    kl_error_free(error);
}

static void store(const char *components, const char *status, const char *category)
{
    char json[2000];
    kl_error *error = NULL;
    snprintf(json, sizeof json, "{\"name\":\"offer\",\"language\":\"en\",\"status\":\"%s\",\"category\":\"%s\",\"components\":%s}", status,
             category, components);
    ck_ok(kl_template_upsert(h, &vendor, &account, json, strlen(json), NULL, &error));
}
#define BODY "[{\"type\":\"BODY\",\"text\":\"Hi {{1}}\"}]"

static void asked(const char *sql, const char *expected)
{
    char *found = harness_query_text(fixture.admin, sql);
    ck_assert_msg(found && strcmp(found, expected) == 0, "%s: %s instead of %s", sql, found ? found : "NULL", expected);
    free(found);
}

static kl_batch *claimed(void)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    ck_ok(kl_queue_claim(h, &vendor, &account, 500, 60000, &batch, &error));
    return batch;
}

static void nothing_is_due(void)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    ck_fails(KL_ERR_EMPTY, kl_queue_claim(h, &vendor, &account, 500, 60000, &batch, &error));
}

static kl_money balance(void)
{
    kl_error *error = NULL;
    kl_wallet *wallet = NULL;
    ck_ok(kl_wallet_get(h, &vendor, &wallet, &error));
    kl_money money = kl_wallet_balance(wallet);
    kl_wallet_free(wallet);
    return money;
}

/* What is queued for this, with a tracker in the place of its own. */
static void queued_is(const kl_message_options *options, const char *expected)
{
    kl_uuid id = sent(options);
    kl_batch *batch = claimed();
    kl_error *error = NULL;
    ck_assert_uint_eq(kl_batch_count(batch), 1);
    kl_uuid first = kl_batch_message_id(batch, 0);
    ck_assert_int_eq(memcmp(&first, &id, sizeof id), 0);
    char body[8192];
    const char *made = kl_batch_body(batch, 0), *tracker = strstr(made, "\"biz_opaque_callback_data\":\"k1.");
    ck_assert_msg(tracker != NULL, "%s", made);
    const char *rest = strchr(tracker + 29, '"');
    snprintf(body, sizeof body, "%.*sT%s", (int)(tracker + 28 - made), made, rest);
    ck_assert_str_eq(body, expected);
    kl_send_result result = {0, KL_SEND_ACCEPTED, body, 0, NULL, 0};
    static int number;
    snprintf(body, sizeof body, "wamid.%d", number++);
    ck_ok(kl_batch_start(h, batch, 1, &error));
    ck_ok(kl_batch_complete(h, batch, &result, 1, &error));
    kl_batch_free(batch);
}

#define HEAD "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"+919812345678\","
#define TRACKER "\"biz_opaque_callback_data\":\"T\","

START_TEST(every_kind_is_queued_as_meta_documents_it)
{
    wrote(USER, now());
    kl_message_options o = text();
    queued_is(&o, HEAD "\"type\":\"text\"," TRACKER "\"text\":{\"preview_url\":false,\"body\":\"Hello\"}}");
    o.reply_to = "wamid.A";
    o.preview_url = 1;
    queued_is(&o, HEAD "\"context\":{\"message_id\":\"wamid.A\"},\"type\":\"text\"," TRACKER
                       "\"text\":{\"preview_url\":true,\"body\":\"Hello\"}}");
    o = text();
    o.kind = KL_CONTENT_REACTION;
    o.reply_to = "wamid.A";
    o.text = "👍";
    queued_is(&o, HEAD "\"type\":\"reaction\"," TRACKER "\"reaction\":{\"message_id\":\"wamid.A\",\"emoji\":\"👍\"}}");
    o = text();
    o.kind = KL_CONTENT_DOCUMENT;
    o.media_link = "https://a.example/b.pdf";
    o.filename = "bill.pdf";
    queued_is(&o, HEAD "\"type\":\"document\"," TRACKER "\"document\":{\"link\":\"https://a.example/b.pdf\","
                       "\"caption\":\"Hello\",\"filename\":\"bill.pdf\"}}");
    o = text();
    o.text = NULL;
    o.media_id = "123";
    static const char *const types[] = {"image", "video", "audio", NULL, "sticker"};
    for (int i = 0; i < 5; i++) {
        char expected[400];
        if (!types[i])
            continue;
        o.kind = (kl_content_kind)(KL_CONTENT_IMAGE + i);
        snprintf(expected, sizeof expected, HEAD "\"type\":\"%s\"," TRACKER "\"%s\":{\"id\":\"123\"}}", types[i], types[i]);
        queued_is(&o, expected);
    }
    o = text();
    o.kind = KL_CONTENT_BUTTONS;
    o.choices = "[{\"id\":\"y\",\"title\":\"Yes\"}]";
    o.choices_length = strlen(o.choices);
    queued_is(&o, HEAD "\"type\":\"interactive\"," TRACKER "\"interactive\":{\"type\":\"button\",\"body\":{\"text\":\"Hello\"},"
                       "\"action\":{\"buttons\":[{\"type\":\"reply\",\"reply\":{\"id\":\"y\",\"title\":\"Yes\"}}]}}}");
    o.kind = KL_CONTENT_LIST;
    o.label = "Open";
    queued_is(&o, HEAD "\"type\":\"interactive\"," TRACKER "\"interactive\":{\"type\":\"list\",\"body\":{\"text\":\"Hello\"},"
                       "\"action\":{\"button\":\"Open\",\"sections\":[{\"rows\":[{\"id\":\"y\",\"title\":\"Yes\"}]}]}}}");
    o = offer();
    queued_is(&o, HEAD "\"type\":\"template\"," TRACKER "\"template\":{\"name\":\"offer\",\"language\":{\"code\":\"en\"},"
                       "\"components\":[{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"text\":\"Asha\"}]}]}}");
    nothing_is_due();
}
END_TEST

START_TEST(a_message_is_paid_for_with_a_row_of_its_own_and_refunded_once)
{
    kl_error *error = NULL;
    kl_transaction *paid = NULL, *back = NULL;
    kl_message *message = NULL;
    char id_text[KL_UUID_TEXT + 1];
    kl_message_options o = offer();
    kl_uuid id = sent(&o);
    kl_uuid_format(&id, id_text);
    ck_assert_int_eq(balance(), 1000000 - 8631);
    ck_ok(kl_message_money(h, &vendor, &id, &paid, &back, &error));
    ck_assert_int_eq(kl_transaction_type_of(paid), KL_DEBIT_MESSAGE);
    ck_assert_int_eq(kl_transaction_amount(paid), 8631);
    ck_assert_str_eq(kl_transaction_reference(paid), id_text);
    ck_assert_ptr_null(back);
    kl_transaction_free(paid);
    kl_batch *batch = claimed();
    ck_assert_str_eq(kl_batch_mobile(batch, 0), USER);
    ck_ok(kl_batch_start(h, batch, 1, &error));
    kl_send_result result = {0, KL_SEND_FAILED, NULL, 131026, "undeliverable", 0};
    ck_ok(kl_batch_complete(h, batch, &result, 1, &error));
    ck_ok(kl_batch_complete(h, batch, &result, 1, &error));
    kl_batch_free(batch);
    ck_assert_int_eq(balance(), 1000000);
    paid = NULL;
    ck_ok(kl_message_money(h, &vendor, &id, &paid, &back, &error));
    ck_assert_int_eq(kl_transaction_amount(back), 8631);
    ck_assert_int_eq(kl_transaction_type_of(paid), KL_DEBIT_MESSAGE);
    ck_ok(kl_message_get(h, &vendor, &id, &message, &error));
    ck_assert_int_eq(kl_message_status_of(message), KL_MESSAGE_FAILED);
    ck_assert_ptr_nonnull(kl_message_contact_id(message));
    ck_ok(kl_wallet_verify(h, &vendor, NULL, &error));
    kl_transaction_free(paid);
    kl_transaction_free(back);
    kl_message_free(message);
}
END_TEST

START_TEST(the_rate_card_prices_templates_and_nothing_else)
{
    kl_error *error = NULL;
    kl_message_options o = offer(), free_form = text();
    o.price = KL_PRICE_BY_RATE_CARD;
    refused(&o, KL_ERR_NO_RATE, "MARKETING");
    ck_ok(kl_rate_set(h, KL_CATEGORY_MARKETING, "IN", 1, 7000, &error));
    ck_ok(kl_rate_set(h, KL_CATEGORY_UTILITY, "IN", 1, 1150, &error));
    sent(&o);
    ck_assert_int_eq(balance(), 1000000 - 7000);
    o.category = KL_CATEGORY_UTILITY;
    sent(&o);
    ck_assert_int_eq(balance(), 1000000 - 8150);
    o.category = (kl_template_category)0;
    store(BODY, "APPROVED", "UTILITY");
    sent(&o);
    ck_assert_int_eq(balance(), 1000000 - 9300);
    wrote(USER, now());
    sent(&free_form);
    ck_assert_int_eq(balance(), 1000000 - 9300);
}
END_TEST

START_TEST(a_wallet_that_does_not_cover_it_leaves_nothing_behind)
{
    kl_error *error = NULL;
    kl_message_options o = offer();
    o.idempotency_key = "k";
    o.price = 1000001;
    refused(&o, KL_ERR_INSUFFICIENT, "100.0001");
    ck_ok(kl_hold_create(h, &vendor, 999999, "r", NULL, 0, NULL, &error));
    o.price = 2;
    refused(&o, KL_ERR_INSUFFICIENT, "0.0002");
    asked("SELECT (SELECT count(*) FROM kloyst.recipient) + (SELECT count(*) FROM kloyst.message_queue) "
          "+ (SELECT count(*) FROM kloyst.message_request) + (SELECT count(*) FROM kloyst.contact) "
          "+ (SELECT count(*) FROM kloyst.lane)", "0");
    o.price = 1;
    sent(&o);
    ck_assert_int_eq(balance(), 999999);
}
END_TEST

START_TEST(free_form_needs_an_open_window_of_that_number)
{
    kl_error *error = NULL;
    kl_time until = 0;
    kl_message_options o = text();
    refused(&o, KL_ERR_WINDOW_CLOSED, "24 hours");
    asked("SELECT count(*) FROM kloyst.contact", "0");
    wrote(USER, now() - 25 * HOUR);
    refused(&o, KL_ERR_WINDOW_CLOSED, NULL);
    kl_time at = now() - 23 * HOUR;
    wrote(USER, at);
    wrote(USER, at - 2 * HOUR); /* an older message that comes later closes nothing */
    ck_ok(kl_window_get(h, &vendor, &account, "+91 98123 45678", NULL, &until, &error));
    ck_assert_int_eq(until, at + 24 * HOUR);
    sent(&o);
    o.at = now() + 2 * HOUR;
    refused(&o, KL_ERR_WINDOW_CLOSED, NULL);
    o = text();
    kl_uuid other = fixture_waba(&vendor, "200");
    o.waba_account_id = &other;
    refused(&o, KL_ERR_WINDOW_CLOSED, NULL);
    ck_ok(kl_window_get(h, &vendor, &other, USER, NULL, &until, &error));
    ck_assert_int_eq(until, 0);
}
END_TEST

START_TEST(a_window_that_closes_before_the_message_leaves_fails_and_refunds_it)
{
    kl_error *error = NULL;
    kl_message *message = NULL;
    wrote(USER, now());
    kl_message_options o = text(), template = offer();
    o.price = 100;
    kl_uuid id = sent(&o), paid_template = sent(&template);
    ck_assert_int_eq(balance(), 1000000 - 8731);
    harness_exec(fixture.admin, "UPDATE kloyst.conversation_window SET open_until = now()");
    kl_batch *batch = claimed();
    ck_assert_uint_eq(kl_batch_count(batch), 1);
    kl_uuid left = kl_batch_message_id(batch, 0);
    ck_assert_int_eq(memcmp(&left, &paid_template, sizeof left), 0);
    kl_batch_free(batch);
    ck_ok(kl_message_get(h, &vendor, &id, &message, &error));
    ck_assert_int_eq(kl_message_status_of(message), KL_MESSAGE_FAILED);
    ck_assert_int_eq(kl_message_error_code(message), 131047);
    kl_message_free(message);
    ck_assert_int_eq(balance(), 1000000 - 8631);
}
END_TEST

START_TEST(consent_is_asked_for_when_it_is_taken_and_again_when_it_leaves)
{
    kl_error *error = NULL;
    kl_message *message = NULL;
    kl_message_options o = offer();
    kl_uuid id = sent(&o);
    harness_exec(fixture.admin, "UPDATE kloyst.contact SET opted_out_at = now()");
    refused(&o, KL_ERR_CONSENT, "marketing");
    o.category = KL_CATEGORY_UTILITY;
    kl_uuid utility = sent(&o);
    kl_batch *batch = claimed();
    ck_assert_uint_eq(kl_batch_count(batch), 1);
    kl_uuid left = kl_batch_message_id(batch, 0);
    ck_assert_int_eq(memcmp(&left, &utility, sizeof left), 0);
    ck_ok(kl_batch_release(h, batch, &error));
    kl_batch_free(batch);
    ck_ok(kl_message_get(h, &vendor, &id, &message, &error));
    ck_assert_int_eq(kl_message_error_code(message), KL_ERROR_CODE_OPTED_OUT);
    kl_message_free(message);
    harness_exec(fixture.admin, "UPDATE kloyst.contact SET blocked_at = now()");
    refused(&o, KL_ERR_CONSENT, "blocked");
    nothing_is_due();
    ck_ok(kl_message_get(h, &vendor, &utility, &message, &error));
    ck_assert_int_eq(kl_message_error_code(message), KL_ERROR_CODE_BLOCKED);
    kl_message_free(message);
    ck_assert_int_eq(balance(), 1000000);
}
END_TEST

START_TEST(a_stored_template_is_what_may_be_sent)
{
    kl_message_options o = offer();
    store(BODY, "PAUSED", "UTILITY");
    refused(&o, KL_ERR_TEMPLATE, "PAUSED");
    store("[{\"type\":\"BODY\",\"text\":\"{{1}} {{2}}\"}]", "APPROVED", "UTILITY");
    refused(&o, KL_ERR_TEMPLATE, "one more parameter in body");
    store("[{\"type\":\"HEADER\",\"format\":\"IMAGE\"},{\"type\":\"BODY\",\"text\":\"{{1}}\"}]", "APPROVED", "UTILITY");
    refused(&o, KL_ERR_TEMPLATE, "header:image");
    o.parameters = "[{\"text\":\"Asha\"},{\"text\":\"https://a.example/x.png\",\"place\":\"header:image\"}]";
    o.parameters_length = strlen(o.parameters);
    sent(&o);
    store(BODY, "APPROVED", "UTILITY");
    refused(&o, KL_ERR_TEMPLATE, "parameter 2, in header:image");
    store("[{\"type\":\"BODY\",\"text\":\"{{1}}\"},{\"type\":\"CAROUSEL\"}]", "APPROVED", "UTILITY");
    refused(&o, KL_ERR_TEMPLATE, "cannot be filled in");
    store("[{\"type\":\"BODY\",\"text\":\"Hi\"},{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"QUICK_REPLY\",\"text\":\"Stop\"}]}]",
          "APPROVED", "UTILITY");
    o.parameters = NULL;
    sent(&o);
    o.parameters = "[{\"text\":\"stop\",\"place\":\"button:0:quick_reply\"}]";
    o.parameters_length = strlen(o.parameters);
    sent(&o);
    o.template_name = "another";
    refused(&o, KL_ERR_TEMPLATE, "no such template");
}
END_TEST

START_TEST(recipients_by_number_contact_and_user_id)
{
    kl_error *error = NULL;
    kl_contact *contact = NULL;
    wrote("IN.1a2b", now());
    kl_message_options o = text();
    o.to = "IN.1a2b";
    queued_is(&o, "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"recipient\":\"IN.1a2b\",\"type\":\"text\","
                  TRACKER "\"text\":{\"preview_url\":false,\"body\":\"Hello\"}}");
    asked("SELECT bsuid || coalesce(mobile, '') FROM kloyst.contact", "IN.1a2b");
    ck_ok(kl_contact_upsert(h, &vendor, "+919812345678", NULL, NULL, 0, &contact, &error));
    kl_uuid id = kl_contact_id(contact);
    wrote(USER, now());
    o.to = NULL;
    o.contact_id = &id;
    queued_is(&o, HEAD "\"type\":\"text\"," TRACKER "\"text\":{\"preview_url\":false,\"body\":\"Hello\"}}");
    o = text();
    o.to = "98123 45678";
    o.country = "IN";
    queued_is(&o, HEAD "\"type\":\"text\"," TRACKER "\"text\":{\"preview_url\":false,\"body\":\"Hello\"}}");
    asked("SELECT count(*) FROM kloyst.contact", "2");
    kl_uuid nobody = id;
    nobody.bytes[15] ^= 1;
    o = text();
    o.to = NULL;
    o.contact_id = &nobody;
    refused(&o, KL_ERR_NOT_FOUND, "contact");
    kl_contact_free(contact);
}
END_TEST

START_TEST(a_moment_to_come_is_waited_for)
{
    kl_message_options o = offer();
    o.at = now() + HOUR;
    sent(&o);
    nothing_is_due();
    /* As if it had come. */
    harness_exec(fixture.admin, "UPDATE kloyst.message_queue SET due_at = now(); UPDATE kloyst.lane SET next_at = now()");
    kl_batch *batch = claimed();
    ck_assert_uint_eq(kl_batch_count(batch), 1);
    kl_batch_free(batch);
}
END_TEST

static kl_recipient_state state(const kl_uuid *id, kl_time *next_at)
{
    kl_error *error = NULL;
    kl_recipient_state found;
    ck_ok(kl_message_state(h, &vendor, id, &found, next_at, &error));
    return found;
}

START_TEST(where_a_message_is_can_be_asked_from_the_start)
{
    kl_error *error = NULL;
    kl_time next = 0;
    kl_message_options o = offer();
    o.at = now() + HOUR;
    kl_uuid later = sent(&o);
    ck_assert_int_eq(state(&later, &next), KL_RECIPIENT_WAITING);
    ck_assert_int_eq(next, o.at);
    o.at = 0;
    kl_uuid id = sent(&o);
    ck_assert_int_eq(state(&id, NULL), KL_RECIPIENT_WAITING);
    kl_batch *batch = claimed();
    ck_ok(kl_batch_start(h, batch, 1, &error));
    ck_assert_int_eq(state(&id, NULL), KL_RECIPIENT_WAITING);
    kl_send_result deferred = {0, KL_SEND_DEFERRED, NULL, 130429, "slow down", 100};
    ck_ok(kl_batch_complete(h, batch, &deferred, 1, &error));
    kl_batch_free(batch);
    ck_assert_int_eq(state(&id, &next), KL_RECIPIENT_DEFERRED);
    ck_assert_int_gt(next, 0);
    struct timespec pause = {0, 300000000};
    nanosleep(&pause, NULL);
    batch = claimed();
    ck_ok(kl_batch_start(h, batch, 1, &error));
    kl_send_result accepted = {0, KL_SEND_ACCEPTED, "wamid.state", 0, NULL, 0};
    ck_ok(kl_batch_complete(h, batch, &accepted, 1, &error));
    kl_batch_free(batch);
    ck_assert_int_eq(state(&id, &next), KL_RECIPIENT_SENT);
    ck_assert_int_eq(next, 0);
}
END_TEST

/* ---- idempotency ---------------------------------------------------------- */

START_TEST(the_same_again_is_answered_with_the_same_message_whatever_came_between)
{
    wrote(USER, now());
    kl_message_options o = text();
    o.idempotency_key = "order 7";
    o.price = 5;
    kl_uuid id = sent(&o), again = sent(&o);
    ck_assert_int_eq(memcmp(&id, &again, sizeof id), 0);
    harness_exec(fixture.admin, "UPDATE kloyst.conversation_window SET open_until = now(); UPDATE kloyst.contact SET blocked_at = now()");
    nothing_is_due();
    again = sent(&o);
    ck_assert_int_eq(memcmp(&id, &again, sizeof id), 0);
    o.to = "919812345678";
    again = sent(&o);
    ck_assert_int_eq(memcmp(&id, &again, sizeof id), 0);
    asked("SELECT count(*) FROM kloyst.recipient", "1");
}
END_TEST

START_TEST(another_message_under_the_key_is_refused_by_the_name_of_what_differs)
{
    kl_uuid other = fixture_waba(&vendor, "200");
    wrote(USER, now());
    kl_message_options o = text(), changed;
    o.idempotency_key = "order 7";
    o.price = 5;
    sent(&o);
#define DIFFERS(change, word)                                                                                          \
    changed = o;                                                                                                       \
    change;                                                                                                            \
    refused(&changed, KL_ERR_CONFLICT, word)
    DIFFERS(changed.waba_account_id = &other, "account");
    DIFFERS(changed.to = "+919812345679", "recipient");
    DIFFERS(changed.text = "Hullo", "content");
    DIFFERS(changed.preview_url = 1, "content");
    DIFFERS(changed.reply_to = "wamid.A", "reply");
    DIFFERS(changed.price = 6, "price");
    DIFFERS(changed.price = KL_PRICE_BY_RATE_CARD, "price");
    DIFFERS(changed.at = now(), "time");
    DIFFERS(changed.kind = KL_CONTENT_IMAGE; changed.media_id = "1", "kind");
    ck_assert_int_eq(balance(), 1000000 - 5);
}
END_TEST

START_TEST(a_key_is_its_vendors_own)
{
    kl_error *error = NULL;
    kl_message_options o = offer();
    o.idempotency_key = "k";
    kl_uuid id = sent(&o), other_id;
    kl_uuid other = fixture_vendor("B", 1000000), other_account = fixture_waba(&other, NUMBER);
    o.waba_account_id = &other_account;
    o.price = 1;
    ck_ok(kl_message_send(h, &other, &o, &other_id, &error));
    ck_assert_int_ne(memcmp(&id, &other_id, sizeof id), 0);
}
END_TEST

enum { THREADS = 8, ROUNDS = 20 };
static kl_uuid answers[THREADS][ROUNDS];

static void *send_all(void *context)
{
    int n = *(int *)context;
    for (int round = 0; round < ROUNDS; round++) {
        char key[20];
        kl_error *error = NULL;
        kl_message_options o = offer();
        snprintf(key, sizeof key, "key %d", round);
        o.idempotency_key = key;
        kl_status status = kl_message_send(h, &vendor, &o, &answers[n][round], &error);
        ck_assert_msg(!status, "%s", kl_error_message(error));
    }
    return NULL;
}

START_TEST(eight_threads_with_one_key_send_once)
{
    pthread_t threads[THREADS];
    int numbers[THREADS];
    kl_error *error = NULL;
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, send_all, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 1; i < THREADS; i++)
            ck_assert_int_eq(memcmp(&answers[0][round], &answers[i][round], sizeof(kl_uuid)), 0);
    kl_batch *batch = claimed();
    ck_assert_uint_eq(kl_batch_count(batch), ROUNDS);
    kl_batch_free(batch);
    asked("SELECT count(*) FROM kloyst.contact", "1");
    ck_assert_int_eq(balance(), 1000000 - ROUNDS * 8631);
    ck_ok(kl_wallet_verify(h, &vendor, NULL, &error));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("send");
    TCase *test_case = fixture_case("send");
    tcase_add_checked_fixture(test_case, start, NULL);
    tcase_add_test(test_case, every_kind_is_queued_as_meta_documents_it);
    tcase_add_test(test_case, a_message_is_paid_for_with_a_row_of_its_own_and_refunded_once);
    tcase_add_test(test_case, the_rate_card_prices_templates_and_nothing_else);
    tcase_add_test(test_case, a_wallet_that_does_not_cover_it_leaves_nothing_behind);
    tcase_add_test(test_case, free_form_needs_an_open_window_of_that_number);
    tcase_add_test(test_case, a_window_that_closes_before_the_message_leaves_fails_and_refunds_it);
    tcase_add_test(test_case, consent_is_asked_for_when_it_is_taken_and_again_when_it_leaves);
    tcase_add_test(test_case, a_stored_template_is_what_may_be_sent);
    tcase_add_test(test_case, recipients_by_number_contact_and_user_id);
    tcase_add_test(test_case, a_moment_to_come_is_waited_for);
    tcase_add_test(test_case, where_a_message_is_can_be_asked_from_the_start);
    tcase_add_test(test_case, the_same_again_is_answered_with_the_same_message_whatever_came_between);
    tcase_add_test(test_case, another_message_under_the_key_is_refused_by_the_name_of_what_differs);
    tcase_add_test(test_case, a_key_is_its_vendors_own);
    tcase_add_test(test_case, eight_threads_with_one_key_send_once);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
