/* The program kloyst through a vendor's whole life: from its first contact to a campaign that was sent and adds up. Answers as
 * JSON are strict JSON, and ways to end are those of the class of error. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/fixture.h"
#include "harness/program.h"
#include "harness/program_vendor.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "standin/standin.h"

START_TEST(a_campaign_goes_from_its_first_contact_to_money_that_adds_up)
{
    standin meta;
    char campaign[40];
    program_prepare(120);
    ck_says("{\"rows\":120,\"imported\":120,\"created\":120,\"duplicate\":0,\"rejected\":0}");
    ck_run(0, "campaign", "create", "--name", "Offer", "--account", program_account, "--template", "offer", "--language", "en",
           "--parameters", "[{\"attribute\":\"name\",\"fallback\":\"friend\"}]", "--price", "0.8631", "--audience",
           "{\"filter\":{\"attribute\":\"city\",\"not_equals\":\"City 0\"}}", "--send-from", "00:00", "--send-until", "00:00", "--json");
    program_keep(campaign, program_member("id"));
    ck_says("\"status\":\"draft\"");
    ck_run(0, "campaign", "preflight", campaign, "--json");
    ck_says("\"contacts\":102,\"blocked\":0,\"opted_out\":0,\"invalid\":0,\"unpriced\":0,\"cost\":\"88.0362\"");
    ck_run(0, "campaign", "enqueue", campaign, "--json");
    ck_says("\"recipients\":102");
    ck_run(4, "campaign", "enqueue", campaign, "--json");
    ck_says("\"status\":\"KL_ERR_STATE\"");
    ck_run(0, "campaign", "pause", campaign, "--reason", "lunch", "--json");
    ck_says("\"pause_reason\":\"lunch\"");
    ck_run(0, "campaign", "resume", campaign);
    ck_assert_int_eq(standin_start((const char *const[]){"--fail", "sync:131026:0.1", NULL}, &meta), 0);
    ck_run(0, "worker", "--until-idle", "--base-url", meta.base_url, "--json");
    ck_assert_int_eq(program_json_lines(), 1);
    ck_says("\"batches\":1");
    ck_run(0, "campaign", "watch", campaign);
    ck_assert_msg(strncmp(program_output, "completed 102/102 waiting 0 ", 28) == 0, "%s", program_output);
    ck_run(0, "campaign", "watch", campaign, "--json");
    ck_assert_int_eq(program_json_lines(), 1);
    ck_says("\"failures\":[{\"code\":131026,");
    ck_run(0, "campaign", "failures", campaign, "--json");
    ck_says("{\"code\":131026,");
    ck_run(0, "campaign", "recipients", campaign, "--state", "failed", "--json");
    int failed = program_json_lines();
    ck_assert_int_gt(failed, 0);
    ck_run(0, "campaign", "recipients", campaign, "--limit", "100");
    ck_run(0, "campaign", "reconcile", campaign, "--json");
    ck_says("\"reconciles\":true");
    ck_says("\"held\":\"88.0362\"");
    ck_run(0, "campaign", "retry-failed", campaign, "--codes", "131026", "--json");
    ck_assert_int_eq(atoi(strstr(program_output, "\"messages\":") + 11), failed);
    ck_run(0, "campaign", "cancel", campaign, "--json");
    ck_run(3, "campaign", "watch", campaign, "--interval", "0");
    ck_run(4, "campaign", "watch", campaign);
    ck_run(0, "campaign", "reconcile", campaign);
    ck_run(0, "ledger", "verify", "--vendor", program_vendor, "--json");
    ck_run(0, "wallet", "statement", "--campaign", campaign, "--json");
    ck_assert_int_gt(program_json_lines(), 1);
    ck_assert_int_eq(standin_stop(&meta), 0);
}
END_TEST

START_TEST(what_is_tampered_with_ends_with_one)
{
    char campaign[40];
    program_prepare(3);
    ck_run(0, "campaign", "create", "--name", "Offer", "--account", program_account, "--template", "offer", "--language", "en", "--price",
           "1", "--json");
    program_keep(campaign, program_member("id"));
    ck_run(0, "campaign", "enqueue", campaign);
    harness_exec(fixture.admin, "UPDATE kloyst.recipient SET price = 2 WHERE id = (SELECT max(id::text)::uuid FROM kloyst.recipient)");
    ck_run(1, "campaign", "reconcile", campaign, "--json");
    ck_says("\"reconciles\":false");
    harness_exec(fixture.admin, "ALTER TABLE kloyst.waba_account DISABLE ROW LEVEL SECURITY");
    ck_run(1, "doctor", "--json");
    ck_says("{\"level\":\"fault\",\"subject\":\"isolation\"");
    ck_assert_int_gt(program_json_lines(), 8);
}
END_TEST

START_TEST(a_single_message_is_sent_once_under_its_key)
{
    standin meta;
    char message[40];
    program_prepare(2);
    ck_assert_int_eq(standin_start(NULL, &meta), 0);
    ck_run(3, "send", "--account", program_account, "--to", "nonsense", "--text", "Hello");
    ck_run(4, "send", "--account", program_account, "--to", "+919800000000", "--text", "Hello");
    ck_complains("24 hours");
    ck_run(2, "send", "--account", program_account, "--text", "Hello");
    ck_run(4, "send", "--account", program_account, "--to", "+919800000000", "--template", "offer", "--language", "en");
    ck_complains("rate");
    ck_run(0, "rate", "set", "marketing", "IN", "0.8631", "--from", "2026-01-01", "--json");
    ck_says("\"effective_from\":\"2026-01-01T00:00:00.000000Z\"");
    ck_run(0, "rate", "price", "marketing", "+919800000000", "--json");
    ck_says("{\"price\":\"0.8631\"}");
    ck_run(0, "rate", "list", "marketing", "--json");
    ck_assert_int_eq(program_json_lines(), 1);
    for (int i = 0; i < 2; i++) {
        ck_run(0, "send", "--account", program_account, "--to", "+919800000000", "--template", "offer", "--language", "en", "--key",
               "order-1", "--json");
        if (i)
            ck_assert_str_eq(program_member("id"), message);
        program_keep(message, program_member("id"));
    }
    ck_run(4, "send", "--account", program_account, "--to", "+919800000001", "--template", "offer", "--language", "en", "--key", "order-1");
    ck_run(0, "message", "state", message, "--json");
    ck_says("\"state\":\"waiting\"");
    ck_run(0, "worker", "--until-idle", "--base-url", meta.base_url);
    ck_run(0, "message", "state", message, "--json");
    ck_says("\"state\":\"sent\"");
    ck_assert_int_eq(standin_stat(&meta, "accepted"), 1);
    ck_run(0, "message", "list", "--json");
    ck_assert_int_eq(program_json_lines(), 1);
    ck_run(0, "send", "--account", program_account, "--to", "+919800000001", "--template", "offer", "--language", "en", "--json");
    ck_assert_uint_eq(strlen(program_member("key")), KL_UUID_TEXT);
    ck_assert_int_eq(standin_stop(&meta), 0);
}
END_TEST

START_TEST(a_worker_stops_gracefully_when_it_is_asked_to)
{
    standin meta;
    pid_t child;
    char campaign[40];
    program_prepare(200);
    ck_run(0, "waba", "set-rate", program_account, "20");
    ck_run(0, "campaign", "create", "--name", "Offer", "--account", program_account, "--template", "offer", "--language", "en", "--price",
           "1", "--json");
    program_keep(campaign, program_member("id"));
    ck_run(0, "campaign", "enqueue", campaign);
    ck_assert_int_eq(standin_start(NULL, &meta), 0);
    int output = program_start(&child, (const char *const[]){"worker", "--base-url", meta.base_url, "--json", NULL});
    for (int i = 0; i < 1200 && standin_stat(&meta, "accepted") < 10; i++)
        usleep(50000);
    ck_assert_int_eq(program_wait(child, SIGTERM), 0);
    ck_assert_ptr_nonnull(strstr(program_line(output), "\"unknown\":0"));
    close(output);
    int64_t accepted = standin_stat(&meta, "accepted");
    ck_assert_int_lt(accepted, 200);
    ck_run(0, "campaign", "stats", campaign, "--json");
    char expected[60];
    snprintf(expected, sizeof expected, "\"sent\":%lld,", (long long)accepted);
    ck_says(expected);
    ck_assert_int_eq(standin_stop(&meta), 0);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("cli_story");
    TCase *test_case = fixture_case("cli_story");
    tcase_add_test(test_case, a_campaign_goes_from_its_first_contact_to_money_that_adds_up);
    tcase_add_test(test_case, what_is_tampered_with_ends_with_one);
    tcase_add_test(test_case, a_single_message_is_sent_once_under_its_key);
    tcase_add_test(test_case, a_worker_stops_gracefully_when_it_is_asked_to);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
