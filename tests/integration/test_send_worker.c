/* Single messages through a worker to the stand-in for Meta: every kind is taken as it is, and none waits behind a campaign. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "standin/standin.h"

#define h fixture.handle
#define NUMBER "106540352242922"

static standin judge;
static kl_uuid vendor, account;

static void open_all(void)
{
    fixture_open();
    vendor = fixture_vendor("A", 900000000);
    account = fixture_waba(&vendor, NUMBER);
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
}

static void close_all(void)
{
    ck_assert_int_eq(standin_stop(&judge), 0);
    fixture_close();
}

static kl_time now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (kl_time)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static void nap(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static kl_worker_options to_judge(void)
{
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    options.base_url = judge.base_url;
    return options;
}

static void run(void)
{
    kl_error *error = NULL;
    kl_worker_options options = to_judge();
    options.lease_ms = 30000; /* a run may wait for its own lease to end */
    ck_ok(sent_by_worker(h, &options, NULL, &error));
}

/* A message to a user of its own, so that no pair limit comes between, whose window is open. */
static kl_message_options to_user(int n)
{
    static char users[32][16];
    kl_message_options o = KL_MESSAGE_OPTIONS_INIT;
    snprintf(users[n], sizeof users[n], "9198123450%02d", n);
    sent_window(&vendor, NUMBER, users[n], now());
    o.waba_account_id = &account;
    o.to = users[n];
    o.text = "Hello";
    return o;
}

static kl_uuid sent(const kl_message_options *options)
{
    kl_error *error = NULL;
    kl_uuid id;
    ck_ok(kl_message_send(h, &vendor, options, &id, &error));
    return id;
}

static kl_message *read_message(const kl_uuid *id)
{
    kl_error *error = NULL;
    kl_message *message = NULL;
    ck_ok(kl_message_get(h, &vendor, id, &message, &error));
    return message;
}

START_TEST(every_kind_is_taken_by_meta_as_it_is)
{
    kl_uuid ids[12];
    int count = 0;
    kl_message_options o = to_user(count);
    ids[count++] = sent(&o);
    static const kl_content_kind media[] = {KL_CONTENT_IMAGE, KL_CONTENT_VIDEO, KL_CONTENT_AUDIO, KL_CONTENT_DOCUMENT, KL_CONTENT_STICKER};
    for (int i = 0; i < 5; i++) {
        bool silent = media[i] == KL_CONTENT_AUDIO || media[i] == KL_CONTENT_STICKER;
        o = to_user(count);
        o.kind = media[i];
        o.text = silent ? NULL : "Look";
        if (i % 2)
            o.media_id = "1013859600285441";
        else
            o.media_link = "https://a.example/x";
        o.filename = media[i] == KL_CONTENT_DOCUMENT ? "bill.pdf" : NULL;
        ids[count++] = sent(&o);
    }
    o = to_user(count);
    o.kind = KL_CONTENT_BUTTONS;
    o.header = "Head";
    o.footer = "Foot";
    o.choices = "[{\"id\":\"y\",\"title\":\"Yes\"},{\"id\":\"n\",\"title\":\"No\"},{\"id\":\"m\",\"title\":\"May be\"}]";
    o.choices_length = strlen(o.choices);
    ids[count++] = sent(&o);
    o = to_user(count);
    o.kind = KL_CONTENT_LIST;
    o.label = "Open";
    o.choices = "[{\"id\":\"a\",\"title\":\"A\",\"section\":\"One\",\"description\":\"first\"},{\"id\":\"b\",\"title\":\"B\",\"section\":\"Two\"}]";
    o.choices_length = strlen(o.choices);
    ids[count++] = sent(&o);
    o = to_user(count);
    o.kind = KL_CONTENT_REACTION;
    o.text = "👍";
    o.reply_to = "wamid.A";
    ids[count++] = sent(&o);
    o = to_user(count);
    o.reply_to = "wamid.A";
    ids[count++] = sent(&o);
    o = to_user(count);
    o.kind = KL_CONTENT_TEMPLATE;
    o.text = NULL;
    o.template_name = "offer";
    o.template_language = "en";
    o.parameters = "[{\"text\":\"Asha\"},{\"text\":\"https://a.example/x.png\",\"place\":\"header:image\"},"
                   "{\"text\":\"x\",\"place\":\"button:0:url\"}]";
    o.parameters_length = strlen(o.parameters);
    o.price = 8631;
    ids[count++] = sent(&o);
    run();
    ck_assert_int_eq(standin_stat(&judge, "accepted"), count);
    ck_assert_int_eq(standin_stat(&judge, "duplicate_to"), 0);
    for (int i = 0; i < count; i++) {
        kl_message *message = read_message(&ids[i]);
        ck_assert_msg(kl_message_status_of(message) == KL_MESSAGE_SENT, "message %d: %s", i, kl_message_error_text(message));
        ck_assert_ptr_nonnull(kl_message_wa_message_id(message));
        kl_message_free(message);
    }
    char *left = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.message_queue");
    ck_assert_str_eq(left, "0");
    free(left);
}
END_TEST

START_TEST(the_same_message_asked_for_twice_is_sent_once)
{
    kl_message_options o = to_user(0);
    o.idempotency_key = "once";
    sent(&o);
    run();
    sent(&o);
    run();
    ck_assert_int_eq(standin_stat(&judge, "accepted"), 1);
}
END_TEST

static void *run_in_background(void *worker)
{
    kl_worker_run(worker, NULL, NULL);
    return NULL;
}

/* How many messages of campaigns were told between that moment and this message. */
static int told_before(const kl_uuid *id, kl_time asked)
{
    char sql[400], text[KL_UUID_TEXT + 1];
    kl_uuid_format(id, text);
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM kloyst.message_log c WHERE c.campaign_id IS NOT NULL AND c.created_at > to_timestamp(%lld / 1e6) "
             "AND c.created_at < (SELECT m.created_at FROM kloyst.message_log m WHERE m.id = '%s')",
             (long long)asked, text);
    char *count = harness_query_text(fixture.admin, sql);
    int told = atoi(count);
    free(count);
    return told;
}

START_TEST(a_single_message_does_not_wait_behind_a_campaign_of_its_number)
{
    enum { RECIPIENTS = 4000 };
    kl_error *error = NULL;
    kl_worker *worker = NULL;
    pthread_t thread;
    fixture_contacts(&vendor, RECIPIENTS);
    ck_ok(kl_waba_set_rate(h, &vendor, &account, 100, &error));
    kl_uuid campaign = sent_campaign(&vendor, &account, 1000);
    ck_ok(kl_campaign_enqueue(h, &vendor, &campaign, 0, NULL, &error));
    kl_worker_options options = to_judge();
    options.until_idle = 0;
    ck_ok(kl_worker_new(h, &options, &worker, &error));
    ck_assert_int_eq(pthread_create(&thread, NULL, run_in_background, worker), 0);
    while (standin_stat(&judge, "accepted") < 20)
        nap(20);
    int most = 0;
    for (int i = 0; i < 5; i++) {
        kl_message_options o = to_user(i);
        kl_time asked = now();
        kl_uuid id = sent(&o);
        kl_message *message = NULL;
        while (kl_message_get(h, &vendor, &id, &message, NULL) != KL_OK || kl_message_status_of(message) != KL_MESSAGE_SENT) {
            kl_message_free(message);
            message = NULL;
            ck_assert_msg(now() - asked < INT64_C(60000000), "message %d has not left after a minute", i);
            nap(10);
        }
        kl_message_free(message);
        int told = told_before(&id, asked);
        most = told > most ? told : most;
    }
    kl_worker_stop(worker);
    pthread_join(thread, NULL);
    kl_worker_free(worker);
    printf("%d of the campaign at most before one of five\n", most);
    ck_assert_int_lt(most, RECIPIENTS / 4); /* behind the campaign it would be nearly all */
}
END_TEST

START_TEST(a_template_that_meta_has_paused_fails_one_message_and_holds_the_others)
{
    kl_error *error = NULL;
    kl_breaker_page *page = NULL;
    kl_uuid ids[4];
    ck_assert_int_eq(standin_stop(&judge), 0);
    ck_assert_int_eq(standin_start((const char *const[]){"--fail", "sync:132015:1", NULL}, &judge), 0);
    ck_ok(kl_waba_set_rate(h, &vendor, &account, 10, &error)); /* one after the other */
    for (int i = 0; i < 4; i++) {
        kl_message_options o = to_user(i);
        o.kind = KL_CONTENT_TEMPLATE;
        o.text = NULL;
        o.template_name = "diwali_offer";
        o.template_language = "en_US";
        o.price = 100;
        ids[i] = sent(&o);
    }
    run();
    kl_message *first = read_message(&ids[0]);
    ck_assert_int_eq(kl_message_status_of(first), KL_MESSAGE_FAILED);
    kl_message_free(first);
    ck_assert_int_lt(standin_stat(&judge, "requests"), 4);
    ck_ok(kl_breaker_list(h, &vendor, NULL, 10, &page, &error));
    ck_assert_uint_eq(kl_breaker_page_count(page), 1);
    const kl_breaker *breaker = kl_breaker_page_at(page, 0);
    ck_assert_int_eq(kl_breaker_scope_of(breaker), KL_BREAKER_TEMPLATE);
    ck_assert_str_eq(kl_breaker_subject(breaker), "diwali_offer");
    ck_assert_str_eq(kl_breaker_language(breaker), "en_US");
    kl_uuid breaker_id = kl_breaker_id(breaker);
    kl_breaker_page_free(page);
    kl_recipient_state state;
    ck_ok(kl_message_state(h, &vendor, &ids[3], &state, NULL, &error));
    ck_assert_int_eq(state, KL_RECIPIENT_WAITING);
    ck_ok(kl_breaker_resume(h, &vendor, &breaker_id, &error));
    ck_assert_int_eq(standin_stop(&judge), 0);
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
    harness_exec(fixture.admin, "UPDATE kloyst.message_queue SET due_at = now(); UPDATE kloyst.lane SET next_at = now()");
    run();
    kl_message *last = read_message(&ids[3]);
    ck_assert_int_eq(kl_message_status_of(last), KL_MESSAGE_SENT);
    kl_message_free(last);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("send through a worker");
    TCase *test_case = tcase_create("send through a worker");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_all, close_all);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, every_kind_is_taken_by_meta_as_it_is);
    tcase_add_test(test_case, the_same_message_asked_for_twice_is_sent_once);
    tcase_add_test(test_case, a_single_message_does_not_wait_behind_a_campaign_of_its_number);
    tcase_add_test(test_case, a_template_that_meta_has_paused_fails_one_message_and_holds_the_others);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
