/* The program kloyst on what happened and what is expected: the event feed, the evidence of consent, and recharges by Razorpay. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/hmac.h"
#include "harness/fixture.h"
#include "harness/program.h"
#include "harness/suite.h"

static char contact[40];

static void prepare(void)
{
    char vendor[40];
    ck_run(0, "vendor", "create", "Acme", "--json");
    snprintf(vendor, sizeof vendor, "%s", program_member("id"));
    setenv("KLOYST_VENDOR", vendor, 1);
    ck_run(0, "contact", "set", "+919800000001", "--json");
    snprintf(contact, sizeof contact, "%s", program_member("id"));
}

static int lines_of(const char *const *arguments)
{
    ck_assert_int_eq(program_run(NULL, arguments), 0);
    return *program_output ? program_json_lines() : 0;
}
#define LINES_OF(...) lines_of((const char *const[]){__VA_ARGS__, "--json", NULL})

START_TEST(a_reader_is_told_once_what_happened_after_its_first_call)
{
    prepare();
    ck_run(0, "contact", "opt-out", contact);
    ck_assert_int_eq(LINES_OF("event", "read", "crm"), 0);
    ck_run(0, "contact", "opt-in", contact);
    ck_run(0, "contact", "opt-out", contact);
    ck_assert_int_eq(LINES_OF("event", "read", "crm", "--keep"), 2);
    ck_assert_int_eq(LINES_OF("event", "read", "crm", "--limit", "1"), 1);
    ck_says("{\"kind\":\"consent\",");
    ck_says("\"state\":\"opt-in\"");
    ck_says(contact);
    ck_assert_int_eq(LINES_OF("event", "read", "crm", "--wait-ms", "60000"), 1);
    ck_says("\"state\":\"opt-out\"");
    ck_assert_int_eq(LINES_OF("event", "read", "crm"), 0);
    ck_run(0, "event", "forget", "crm");
    ck_run(4, "event", "forget", "crm");
    ck_run(3, "event", "read", "");
    ck_run(3, "event", "retain", "0");
    ck_run(0, "event", "retain", "1", "--json");
    ck_says("{\"removed\":0}");
}
END_TEST

START_TEST(events_that_could_not_be_written_are_told_again)
{
    char command[600], url[600];
    prepare();
    ck_assert_int_eq(LINES_OF("event", "read", "crm"), 0);
    ck_run(0, "contact", "opt-out", contact);
    snprintf(url, sizeof url, "%s user=kloyst_app", fixture.conninfo);
    setenv("KLOYST_URL", url, 1);
    snprintf(command, sizeof command, "%s event read crm >/dev/full 2>/dev/null", program_path());
    ck_assert_int_eq(WEXITSTATUS(system(command)), 6);
    ck_assert_int_eq(LINES_OF("event", "read", "crm"), 1);
}
END_TEST

START_TEST(a_follower_tells_what_happens_until_it_is_stopped)
{
    pid_t child;
    prepare();
    ck_assert_int_eq(LINES_OF("event", "read", "crm"), 0);
    ck_run(0, "contact", "opt-out", contact);
    int output = program_start(&child, (const char *const[]){"event", "follow", "crm", "--json", NULL});
    const char *line = program_line(output);
    ck_assert_msg(strstr(line, "\"state\":\"opt-out\"") != NULL, "%s", line);
    ck_run(0, "contact", "opt-in", contact);
    line = program_line(output);
    ck_assert_msg(strstr(line, "\"state\":\"opt-in\"") != NULL, "%s", line);
    ck_assert_int_eq(program_wait(child, SIGTERM), 0);
}
END_TEST

START_TEST(evidence_of_consent_is_listed)
{
    char other[40];
    prepare();
    ck_run(0, "contact", "opt-out", contact, "--note", "by phone");
    ck_run(0, "contact", "opt-in", contact);
    ck_run(0, "contact", "set", "+919800000002", "--json");
    snprintf(other, sizeof other, "%s", program_member("id"));
    ck_run(0, "contact", "opt-out", other);
    ck_assert_int_eq(LINES_OF("consent", "list"), 3);
    ck_assert_int_eq(LINES_OF("consent", "list", "--contact", contact), 2);
    ck_assert_int_eq(LINES_OF("consent", "list", "--contact", contact, "--limit", "1"), 1);
    ck_says("\"kind\":\"opt-out\",\"source\":\"call\",\"user\":\"919800000001\",\"text\":\"by phone\",\"message_id\":null");
    char first[40];
    snprintf(first, sizeof first, "%s", program_member("id"));
    ck_assert_int_eq(LINES_OF("consent", "list", "--after", first), 2);
    ck_run(0, "consent", "list");
    ck_assert_int_eq(LINES_OF("consent", "list", "--vendor", "01890000-0000-7000-8000-000000000001"), 0);
}
END_TEST

/* A captured payment of 500 rupees, as Razorpay posts it. */
static void pay(const char *payment, const char *order)
{
    char body[600], header[65];
    uint8_t mac[SHA256_BYTES];
    int length = snprintf(body, sizeof body,
                          "{\"entity\":\"event\",\"event\":\"payment.captured\",\"contains\":[\"payment\"],\"payload\":{\"payment\":{"
                          "\"entity\":{\"id\":\"%s\",\"entity\":\"payment\",\"amount\":50000,\"currency\":\"INR\",\"status\":"
                          "\"captured\",\"order_id\":\"%s\",\"captured\":true,\"notes\":[]}}},\"created_at\":1691735748}", payment, order);
    ck_assert(hmac_sha256(FIXTURE_APP_SECRET, strlen(FIXTURE_APP_SECRET), body, (size_t)length, mac));
    for (int i = 0; i < SHA256_BYTES; i++)
        snprintf(header + 2 * i, 3, "%02x", mac[i]);
    ck_assert_int_eq(kl_razorpay_take(fixture.handle, header, payment, body, (size_t)length, NULL), KL_OK);
}

START_TEST(a_recharge_is_expected_credited_or_kept_and_tried_again)
{
    prepare();
    ck_run(0, "recharge", "create", "order_1", "500", "--json");
    ck_says("{\"order\":\"order_1\",\"amount\":\"500.0000\",\"currency\":\"INR\",\"created_at\":\"");
    ck_run(0, "recharge", "create", "order_1", "500");
    ck_run(4, "recharge", "create", "order_1", "501");
    ck_run(3, "recharge", "create", "order_2", "0.001");
    ck_run(0, "recharge", "show", "order_1");
    ck_run(4, "recharge", "show", "order_2");
    pay("pay_1", "order_1");
    pay("pay_2", "order_2");
    ck_run(0, "recharge", "fold", "--json");
    ck_says("{\"events\":2,\"credited\":1,\"repeated\":0,\"kept\":1,\"failed\":0,\"other\":0}");
    ck_assert_int_eq(LINES_OF("recharge", "kept"), 1);
    ck_says("\"payment\":\"pay_2\",\"order\":\"order_2\",\"vendor_id\":null,\"amount\":\"500.0000\",\"currency\":\"INR\"");
    ck_run(4, "recharge", "retry", "pay_2");
    ck_run(0, "recharge", "create", "order_2", "500");
    ck_run(0, "recharge", "retry", "pay_2", "--json");
    ck_says("{\"payment\":\"pay_2\",\"done\":\"credited\"}");
    ck_run(0, "recharge", "kept");
    ck_assert_str_eq(program_output, "");
    ck_run(0, "wallet", "balance", "--json");
    ck_says("\"balance\":\"1000.0000\"");
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("cli_feed");
    TCase *test_case = fixture_case("cli_feed");
    tcase_add_test(test_case, a_reader_is_told_once_what_happened_after_its_first_call);
    tcase_add_test(test_case, events_that_could_not_be_written_are_told_again);
    tcase_add_test(test_case, a_follower_tells_what_happens_until_it_is_stopped);
    tcase_add_test(test_case, evidence_of_consent_is_listed);
    tcase_add_test(test_case, a_recharge_is_expected_credited_or_kept_and_tried_again);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
