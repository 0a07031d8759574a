/* Promises of workers over TLS: only a server that proves who it is gets a token or a message. */
#include <stdio.h>
#include <string.h>

#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "standin/standin.h"

enum { MESSAGES = 60, PRICE = 8631 };

static standin judge;
static kl_uuid vendor, waba, campaign;
static char url[64];

static void open_campaign(void)
{
    kl_error *error = NULL;
    fixture_open();
    vendor = fixture_vendor("A", 10000000);
    waba = fixture_waba(&vendor, "106540352242922");
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 1000, &error));
    fixture_contacts(&vendor, MESSAGES);
    campaign = sent_campaign(&vendor, &waba, PRICE);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
}

static void close_campaign(void)
{
    if (judge.pid)
        ck_assert_int_eq(standin_stop(&judge), 0);
    fixture_close();
}

static void serve(const char *certificate)
{
    ck_assert_int_eq(standin_start((const char *const[]){"--tls", certificate, NULL}, &judge), 0);
    snprintf(url, sizeof url, "https://localhost:%d", judge.port);
}

static kl_status work(const char *ca_file, kl_worker_report *report, kl_error **error)
{
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    options.base_url = url;
    options.ca_file = ca_file;
    options.max_attempts = 2;
    return sent_by_worker(fixture.handle, &options, report, error);
}

static void nothing_left(void)
{
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.waiting, MESSAGES);
    ck_assert_int_eq(stats.unknown + stats.failed + stats.accepted, 0);
}

START_TEST(messages_go_to_a_server_whose_certificate_is_trusted)
{
    kl_error *error = NULL;
    kl_worker_report report;
    serve("tests/data/tls/good");
    ck_ok(work("tests/data/tls/good.pem", &report, &error));
    ck_assert_int_eq(report.accepted, MESSAGES);
    ck_assert_int_eq(sent_stats(&vendor, &campaign).sent, MESSAGES);
}
END_TEST

START_TEST(a_server_that_nobody_vouches_for_gets_nothing)
{
    kl_error *error = NULL;
    serve("tests/data/tls/good");
    ck_fails(KL_ERR_HTTP, work(NULL, NULL, &error));
    nothing_left();
    ck_ok(work("tests/data/tls/good.pem", NULL, &error));
    ck_assert_int_eq(sent_stats(&vendor, &campaign).sent, MESSAGES);
}
END_TEST

START_TEST(a_server_with_the_certificate_of_another_host_gets_nothing)
{
    kl_error *error = NULL;
    serve("tests/data/tls/other");
    ck_fails(KL_ERR_HTTP, work("tests/data/tls/other.pem", NULL, &error));
    nothing_left();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("worker over TLS");
    TCase *test_case = tcase_create("tls");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_campaign, close_campaign);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, messages_go_to_a_server_whose_certificate_is_trusted);
    tcase_add_test(test_case, a_server_that_nobody_vouches_for_gets_nothing);
    tcase_add_test(test_case, a_server_with_the_certificate_of_another_host_gets_nothing);
    suite_add_tcase(suite, test_case);
    return suite_run(suite);
}
