/* Webhooks: the handshake, the signature, and taking a body in before anything else happens with it. */
#include <stdio.h>
#include <string.h>

#include "crypto/hmac.h"
#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

static const char body[] = "{\"object\":\"whatsapp_business_account\",\"entry\":[]}";

static const char *sign(const char *secret, const char *bytes, size_t length)
{
    static char header[80];
    uint8_t mac[SHA256_BYTES];
    ck_assert(hmac_sha256(secret, strlen(secret), bytes, length, mac));
    strcpy(header, "sha256=");
    for (int i = 0; i < SHA256_BYTES; i++)
        sprintf(header + 7 + 2 * i, "%02x", mac[i]);
    return header;
}

static void stored(const char *expected)
{
    char *count = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.webhook_inbox");
    ck_assert_str_eq(count, expected);
    free(count);
}

static void take_refused(kl_status expected, const char *signature, const char *bytes, size_t length)
{
    kl_error *error = NULL;
    ck_fails(expected, kl_webhook_take(fixture.handle, signature, bytes, length, &error));
    stored("0");
}

START_TEST(the_handshake_wants_subscribe_and_the_exact_token)
{
    ck_assert_int_eq(kl_webhook_challenge("subscribe", "secret", "secret"), KL_OK);
    ck_assert_int_eq(kl_webhook_challenge("subscribe", "secre", "secret"), KL_ERR_SIGNATURE);
    ck_assert_int_eq(kl_webhook_challenge("subscribe", "secretsecret", "secret"), KL_ERR_SIGNATURE);
    ck_assert_int_eq(kl_webhook_challenge("subscribe", "", "secret"), KL_ERR_SIGNATURE);
    ck_assert_int_eq(kl_webhook_challenge("unsubscribe", "secret", "secret"), KL_ERR_SIGNATURE);
    ck_assert_int_eq(kl_webhook_challenge("subscribe", "", ""), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_webhook_challenge(NULL, "secret", "secret"), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_webhook_challenge("subscribe", NULL, "secret"), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_webhook_challenge("subscribe", "secret", NULL), KL_ERR_ARGUMENT);
}
END_TEST

START_TEST(verify_holds_the_signature_against_the_raw_bytes)
{
    size_t length = strlen(body);
    const char *header = sign("app", body, length);
    ck_assert_int_eq(kl_webhook_verify("app", header, body, length), KL_OK);
    ck_assert_int_eq(kl_webhook_verify("other", header, body, length), KL_ERR_SIGNATURE);
    ck_assert_int_eq(kl_webhook_verify("app", header, body, length - 1), KL_ERR_SIGNATURE);
    ck_assert_int_eq(kl_webhook_verify("app", NULL, body, length), KL_ERR_SIGNATURE);
    ck_assert_int_eq(kl_webhook_verify("app", header, NULL, 0), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_webhook_verify(NULL, header, body, length), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_webhook_verify("", sign("", body, length), body, length), KL_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_signed_body_is_stored_byte_by_byte)
{
    kl_error *error = NULL;
    const char odd[] = " {\"a\" :\t\"\\u00e9 \xc3\xa9 \\\\ '\" , \"b\":[1e2, 1.50]}\n";
    ck_ok(kl_webhook_take(fixture.handle, sign(FIXTURE_APP_SECRET, odd, strlen(odd)), odd, strlen(odd), &error));
    stored("1");
    char *text = harness_query_text(fixture.admin, "SELECT convert_from(body, 'UTF8') FROM kloyst.webhook_inbox");
    ck_assert_str_eq(text, odd);
    free(text);
}
END_TEST

START_TEST(a_body_that_is_not_signed_is_refused_and_not_stored)
{
    size_t length = strlen(body);
    char header[96];
    take_refused(KL_ERR_SIGNATURE, NULL, body, length);
    take_refused(KL_ERR_SIGNATURE, "", body, length);
    take_refused(KL_ERR_SIGNATURE, sign("another secret", body, length), body, length);
    strcpy(header, sign(FIXTURE_APP_SECRET, body, length));
    take_refused(KL_ERR_SIGNATURE, header + 7, body, length);
    header[70] = '\0';
    take_refused(KL_ERR_SIGNATURE, header, body, length);
    strcpy(header, sign(FIXTURE_APP_SECRET, body, length));
    strcat(header, "0");
    take_refused(KL_ERR_SIGNATURE, header, body, length);
    strcpy(header, sign(FIXTURE_APP_SECRET, body, length));
    memcpy(header, "SHA256=", 7);
    take_refused(KL_ERR_SIGNATURE, header, body, length);
    memcpy(header, "sha256=", 7);
    take_refused(KL_ERR_SIGNATURE, header, "{\"object\":\"whatsapp_business_account\",\"entry\":{}}", length);
    /* Not even an error of its own for what is not JSON: who does not sign learns nothing. */
    take_refused(KL_ERR_SIGNATURE, header, "{", 1);
}
END_TEST

START_TEST(a_signed_body_that_is_no_strict_json_is_refused)
{
    static const struct {
        const char *text;
        size_t length;
        kl_status status;
    } cases[] = {{"{", 1, KL_ERR_JSON},           {"{\"a\":1,\"a\":2}", 13, KL_ERR_JSON}, {"{}x", 3, KL_ERR_JSON},
                 {"", 0, KL_ERR_JSON},            {"[\"\xff\"]", 5, KL_ERR_ENCODING},     {"[\"\\u0000\"]", 10, KL_ERR_ENCODING},
                 {"[\"\0\"]", 5, KL_ERR_ENCODING}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        take_refused(cases[i].status, sign(FIXTURE_APP_SECRET, cases[i].text, cases[i].length), cases[i].text,
                     cases[i].length);
}
END_TEST

START_TEST(three_mebibytes_are_taken_and_one_byte_more_is_refused)
{
    kl_error *error = NULL;
    size_t length = KL_WEBHOOK_BODY_MAX;
    char *large = malloc(length + 1);
    memset(large, 'x', length + 1);
    large[0] = large[length - 1] = '"';
    ck_ok(kl_webhook_take(fixture.handle, sign(FIXTURE_APP_SECRET, large, length), large, length, &error));
    harness_exec(fixture.admin, "DELETE FROM kloyst.webhook_inbox");
    large[length - 1] = 'x';
    large[length] = '"';
    take_refused(KL_ERR_TOO_LONG, sign(FIXTURE_APP_SECRET, large, length + 1), large, length + 1);
    free(large);
}
END_TEST

START_TEST(the_previous_secret_signs_during_a_rotation)
{
    kl_error *error = NULL;
    kl_options options = KL_OPTIONS_INIT;
    options.app_secret = "new";
    options.app_secret_previous = "old";
    kl *handle = fixture_handle(&options);
    ck_ok(kl_webhook_take(handle, sign("new", body, strlen(body)), body, strlen(body), &error));
    ck_ok(kl_webhook_take(handle, sign("old", body, strlen(body)), body, strlen(body), &error));
    ck_fails(KL_ERR_SIGNATURE, kl_webhook_take(handle, sign("older", body, strlen(body)), body, strlen(body), &error));
    stored("2");
    kl_close(handle);
    kl_free(handle);
}
END_TEST

START_TEST(without_an_app_secret_nothing_is_taken)
{
    kl_error *error = NULL;
    kl_options options = KL_OPTIONS_INIT;
    kl *handle = fixture_handle(&options);
    ck_fails(KL_ERR_KEY, kl_webhook_take(handle, sign("", body, strlen(body)), body, strlen(body), &error));
    kl_close(handle);
    ck_fails(KL_ERR_CLOSED, kl_webhook_take(handle, "", body, strlen(body), &error));
    ck_fails(KL_ERR_CLOSED, kl_webhook_fold(handle, 1, NULL, &error));
    kl_free(handle);
    ck_fails(KL_ERR_ARGUMENT, kl_webhook_take(NULL, "", body, strlen(body), &error));
    ck_fails(KL_ERR_ARGUMENT, kl_webhook_take(fixture.handle, "", NULL, 0, &error));
    stored("0");
}
END_TEST

START_TEST(every_sample_is_taken_with_its_own_signature)
{
    kl_error *error = NULL;
    char name[128], hex[80], path[200], header[96];
    size_t length;
    int taken = 0;
    FILE *list = fopen("tests/data/webhooks/SIGNATURES.tsv", "r");
    ck_assert_ptr_nonnull(list);
    ck_assert_int_ge(fscanf(list, "#%*[^\n]"), 0);
    while (fscanf(list, " %127[^\t] %zu %79s", name, &length, hex) == 3) {
        char *bytes = malloc(length + 1);
        snprintf(path, sizeof path, "tests/data/webhooks/%s", name);
        snprintf(header, sizeof header, "sha256=%s", hex);
        FILE *file = fopen(path, "r");
        ck_assert_ptr_nonnull(file);
        ck_assert_uint_eq(fread(bytes, 1, length + 1, file), length);
        fclose(file);
        ck_ok(kl_webhook_take(fixture.handle, header, bytes, length, &error));
        free(bytes);
        taken++;
    }
    fclose(list);
    ck_assert_int_eq(taken, 18);
    kl_fold_report report;
    ck_ok(kl_webhook_fold(fixture.handle, 10000, &report, &error));
    ck_assert_int_eq(report.bodies, 18);
    ck_assert_int_eq(report.statuses + report.inbound, 0);
    ck_assert_int_gt(report.set_aside + report.unmatched, 18);
    ck_assert_int_eq(report.other, 3);
    char *count = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.webhook_set_aside");
    ck_assert_int_eq(atoll(count), report.set_aside + report.unmatched);
    free(count);
    ck_ok(kl_webhook_fold(fixture.handle, 10000, &report, &error));
    ck_assert_int_eq(report.bodies, 0);
    ck_fails(KL_ERR_ARGUMENT, kl_webhook_fold(fixture.handle, 0, &report, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_webhook_fold(fixture.handle, 10001, &report, &error));
}
END_TEST

START_TEST(the_signature_is_found_among_the_raw_headers)
{
    kl_error *error = NULL;
    char headers[600], good[80];
    strcpy(good, sign(FIXTURE_APP_SECRET, body, strlen(body)));
    static const char *const right[] = {
        "POST /webhook HTTP/1.1\r\nHost: example.org\r\nX-Hub-Signature-256: %s\r\nAccept: */*\r\n\r\n",
        "x-hub-signature-256:%s",
        "X-HUB-SIGNATURE: sha1=00\nX-HUB-SIGNATURE-256: \t%s \t\n"};
    static const char *const wrong[] = {"", "\r\n", "X-Hub-Signature-256:", "X-Hub-Signature-256: %s0", "X-Hub-Signature-2567: %s",
                                        "X-Hub-Signature-256 : %s", "A: X-Hub-Signature-256: %s",
                                        "X-Hub-Signature-256: %s\r\nX-Hub-Signature-256: sha256=00\r\n",
                                        "X-Hub-Signature-256: sha256=00\r\nx-hub-signature-256: %s\r\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int length = snprintf(headers, sizeof headers, strstr(wrong[i], "%s") ? wrong[i] : "%.0s", good);
        ck_fails(KL_ERR_SIGNATURE, kl_webhook_take_request(fixture.handle, headers, (size_t)length, body, strlen(body), &error));
    }
    stored("0");
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        int length = snprintf(headers, sizeof headers, right[i], good);
        ck_ok(kl_webhook_take_request(fixture.handle, headers, (size_t)length, body, strlen(body), &error));
        /* The last byte belongs to what is read, whatever stands behind it. */
        char *exact = memcpy(malloc((size_t)length), headers, (size_t)length);
        ck_ok(kl_webhook_take_request(fixture.handle, exact, (size_t)length, body, strlen(body), &error));
        free(exact);
    }
    stored("6");
}
END_TEST

START_TEST(what_is_kept_for_a_person_is_read_page_by_page)
{
    kl_error *error = NULL;
    kl_webhook_aside_page *page = NULL;
    const char bad[] = "{\"object\":\"whatsapp_business_account\",\"entry\":[7,{},\"x\"]}";
    static const char *const items[] = {"7", "{}", "\"x\""};
    ck_ok(kl_webhook_take(fixture.handle, sign(FIXTURE_APP_SECRET, bad, strlen(bad)), bad, strlen(bad), &error));
    ck_ok(kl_webhook_fold(fixture.handle, 10, NULL, &error));
    harness_exec(fixture.admin, "INSERT INTO kloyst.webhook_set_aside (inbox_id, ordinal, reason, item, phone_number_id, "
                                "is_message, next_at, expires_at) VALUES (1, 99, 'r', '', '1', false, now(), now())");
    int64_t after = 0;
    for (int i = 0; i < 3; i++) {
        size_t length;
        ck_ok(kl_webhook_aside_list(fixture.handle, after, 1, &page, &error));
        ck_assert_uint_eq(kl_webhook_aside_page_count(page), 1);
        ck_assert_ptr_null(kl_webhook_aside_page_at(page, 1));
        const kl_webhook_aside *aside = kl_webhook_aside_page_at(page, 0);
        const char *item = kl_webhook_aside_item(aside, &length);
        ck_assert_uint_eq(length, strlen(items[i]));
        ck_assert_mem_eq(item, items[i], length);
        ck_assert_int_gt(strlen(kl_webhook_aside_reason(aside)), 5);
        ck_assert_ptr_null(kl_webhook_aside_phone_number_id(aside));
        ck_assert_int_ne(kl_webhook_aside_at(aside), 0);
        ck_assert_int_gt(kl_webhook_aside_id(aside), after);
        after = kl_webhook_aside_id(aside);
        kl_webhook_aside_page_free(page);
    }
    ck_ok(kl_webhook_aside_list(fixture.handle, after, 1000, &page, &error));
    ck_assert_uint_eq(kl_webhook_aside_page_count(page), 0);
    kl_webhook_aside_page_free(page);
}
END_TEST

START_TEST(what_was_folded_is_kept_for_as_long_as_asked_and_removed_in_steps)
{
    kl_error *error = NULL;
    int64_t removed;
    kl_webhook_stats stats;
    const char bad[] = "{\"object\":\"whatsapp_business_account\",\"entry\":[7]}";
    for (int i = 0; i < 5; i++)
        ck_ok(kl_webhook_take(fixture.handle, sign(FIXTURE_APP_SECRET, bad, strlen(bad)), bad, strlen(bad), &error));
    ck_ok(kl_webhook_fold(fixture.handle, 10, NULL, &error));
    ck_ok(kl_webhook_take(fixture.handle, sign(FIXTURE_APP_SECRET, bad, strlen(bad)), bad, strlen(bad), &error));
    ck_ok(kl_webhook_stats_get(fixture.handle, &stats, &error));
    ck_assert_int_eq(stats.waiting, 1);
    ck_assert_int_ne(stats.waiting_since, 0);
    ck_assert_int_eq(stats.set_aside, 5);
    ck_ok(kl_webhook_retain(fixture.handle, 7, 100, &removed, &error));
    ck_assert_int_eq(removed, 0);
    harness_exec(fixture.admin, "UPDATE kloyst.webhook_inbox SET received_at = now() - interval '8 days', "
                                "folded_at = CASE WHEN folded_at IS NOT NULL THEN now() - interval '8 days' END");
    harness_exec(fixture.admin, "UPDATE kloyst.webhook_set_aside SET created_at = now() - interval '8 days'");
    ck_ok(kl_webhook_retain(fixture.handle, 7, 3, &removed, &error));
    ck_assert_int_eq(removed, 6);
    ck_ok(kl_webhook_retain(fixture.handle, 7, 3, &removed, &error));
    ck_assert_int_eq(removed, 4);
    ck_ok(kl_webhook_retain(fixture.handle, 0, 3, &removed, &error));
    ck_assert_int_eq(removed, 0);
    stored("1");
}
END_TEST

START_TEST(routes_and_what_still_waits_have_times_of_their_own)
{
    kl_error *error = NULL;
    int64_t removed;
    harness_exec(fixture.admin, "INSERT INTO kloyst.webhook_route SELECT '1', gen_random_uuid(), gen_random_uuid(), "
                                "now() - d * interval '1 day', (now() AT TIME ZONE 'UTC')::date - d FROM generate_series(28, 34) d "
                                "WHERE d <> 30"); /* at midnight it would be too old */
    harness_exec(fixture.admin, "INSERT INTO kloyst.webhook_set_aside (inbox_id, ordinal, reason, item, created_at, "
                                "phone_number_id, is_message, next_at, expires_at) "
                                "VALUES (1, 1, 'r', '', now() - interval '1 day', '1', false, now(), now())");
    ck_ok(kl_webhook_retain(fixture.handle, 0, 100, &removed, &error));
    ck_assert_int_eq(removed, 0);
    char *count = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.webhook_route");
    ck_assert_str_eq(count, "2");
    free(count);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("webhook");
    TCase *test_case = fixture_case("webhook");
    tcase_add_test(test_case, the_handshake_wants_subscribe_and_the_exact_token);
    tcase_add_test(test_case, verify_holds_the_signature_against_the_raw_bytes);
    tcase_add_test(test_case, a_signed_body_is_stored_byte_by_byte);
    tcase_add_test(test_case, a_body_that_is_not_signed_is_refused_and_not_stored);
    tcase_add_test(test_case, a_signed_body_that_is_no_strict_json_is_refused);
    tcase_add_test(test_case, three_mebibytes_are_taken_and_one_byte_more_is_refused);
    tcase_add_test(test_case, the_previous_secret_signs_during_a_rotation);
    tcase_add_test(test_case, without_an_app_secret_nothing_is_taken);
    tcase_add_test(test_case, every_sample_is_taken_with_its_own_signature);
    tcase_add_test(test_case, the_signature_is_found_among_the_raw_headers);
    tcase_add_test(test_case, what_is_kept_for_a_person_is_read_page_by_page);
    tcase_add_test(test_case, what_was_folded_is_kept_for_as_long_as_asked_and_removed_in_steps);
    tcase_add_test(test_case, routes_and_what_still_waits_have_times_of_their_own);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
