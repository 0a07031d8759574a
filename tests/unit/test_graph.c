/* Promises of requests to and answers from the Graph API. */
#include "harness/suite.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "meta/graph_answer.h"
#include "meta/graph_request.h"

static void message_is(const graph_parameter *body, size_t count, const char *tracker, const char *expected)
{
    buffer out = BUFFER_INIT;
    kl_error *error = NULL;
    kl_status status = graph_template_message(&out, "919812345678", tracker, "order_update", "en_US", body, count,
                                              &error);
    ck_assert_msg(status == KL_OK, "%s", kl_error_message(error));
    ck_assert_str_eq(out.data, expected);
    ck_assert_int_eq(json_check(out.data, out.length, NULL, NULL, NULL), KL_OK);
    buffer_free(&out);
}

#define HEAD "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"+919812345678\"," \
             "\"type\":\"template\","
#define TEMPLATE "\"template\":{\"name\":\"order_update\",\"language\":{\"code\":\"en_US\"}"
#define BODY ",\"components\":[{\"type\":\"body\",\"parameters\":["

START_TEST(a_message_without_parameters_has_no_components)
{
    message_is(NULL, 0, NULL, HEAD TEMPLATE "}}");
}
END_TEST

START_TEST(positional_parameters_keep_their_order)
{
    graph_parameter body[] = {{.text = "Asha"}, {.text = "₹ 12.50"}};
    message_is(body, 2, NULL,
               HEAD TEMPLATE BODY
               "{\"type\":\"text\",\"text\":\"Asha\"},{\"type\":\"text\",\"text\":\"₹ 12.50\"}]}]}}");
}
END_TEST

START_TEST(named_parameters_carry_their_names)
{
    graph_parameter body[] = {{"first_name", "Asha", NULL}, {"total_2", "1", NULL}};
    message_is(body, 2, "t",
               HEAD "\"biz_opaque_callback_data\":\"t\"," TEMPLATE BODY
                    "{\"type\":\"text\",\"parameter_name\":\"first_name\",\"text\":\"Asha\"},"
                    "{\"type\":\"text\",\"parameter_name\":\"total_2\",\"text\":\"1\"}]}]}}");
}
END_TEST

START_TEST(no_text_can_leave_its_quotes)
{
    graph_parameter body[] = {{.text = "\"},{\"a\\"}};
    message_is(body, 1, "a\"\n\x01",
               HEAD "\"biz_opaque_callback_data\":\"a\\\"\\u000a\\u0001\"," TEMPLATE BODY
                    "{\"type\":\"text\",\"text\":\"\\\"},{\\\"a\\\\\"}]}]}}");
}
END_TEST

static void message_refused(const char *mobile, const char *tracker, const char *name, const char *language,
                            const graph_parameter *body, size_t count, kl_status expected, const char *message)
{
    buffer out = BUFFER_INIT;
    kl_error *error = NULL;
    buffer_text(&out, "before");
    kl_status status = graph_template_message(&out, mobile, tracker, name, language, body, count, &error);
    ck_assert_msg(status == expected, "answered %s", kl_status_name(status));
    ck_assert_str_eq(kl_error_message(error), message);
    ck_assert_str_eq(out.data, "before");
    kl_error_free(error);
    buffer_free(&out);
}

START_TEST(a_message_that_meta_would_refuse_is_not_built)
{
    graph_parameter mixed[] = {{.text = "a"}, {"b", "c", NULL}}, empty[] = {{.text = "a"}, {.text = ""}};
    graph_parameter name[] = {{"First", "a", NULL}}, missing[] = {{.text = NULL}};
    char long_tracker[GRAPH_MAX_TRACKER + 2];
    memset(long_tracker, 'x', sizeof long_tracker);
    long_tracker[GRAPH_MAX_TRACKER + 1] = '\0';
    const char *digits = "the mobile number is not made of E.164 digits";
    message_refused(NULL, NULL, "n", "en", NULL, 0, KL_ERR_ARGUMENT,
                    "the mobile number or user id is missing");
    message_refused("+919812345678", NULL, "n", "en", NULL, 0, KL_ERR_FORMAT, digits);
    message_refused("0919812345678", NULL, "n", "en", NULL, 0, KL_ERR_FORMAT, digits);
    message_refused("1234567890123456", NULL, "n", "en", NULL, 0, KL_ERR_FORMAT, digits);
    message_refused("", NULL, "n", "en", NULL, 0, KL_ERR_FORMAT, digits);
    message_refused("919812345678", NULL, "Name", "en", NULL, 0, KL_ERR_FORMAT,
                    "the template name is not made of a-z, 0-9 and _");
    message_refused("919812345678", NULL, "", "en", NULL, 0, KL_ERR_FORMAT,
                    "the template name is not made of a-z, 0-9 and _");
    message_refused("919812345678", NULL, "n", "e\"", NULL, 0, KL_ERR_FORMAT,
                    "the language code does not look like en_US");
    message_refused("919812345678", long_tracker, "n", "en", NULL, 0, KL_ERR_TOO_LONG,
                    "the tracker has more than 512 bytes");
    message_refused("919812345678", "\xff", "n", "en", NULL, 0, KL_ERR_ENCODING, "the tracker is not valid UTF-8");
    message_refused("919812345678", NULL, "n", "en", mixed, 2, KL_ERR_ARGUMENT,
                    "named and positional parameters are mixed");
    message_refused("919812345678", NULL, "n", "en", empty, 2, KL_ERR_FORMAT, "parameter 2 is empty");
    message_refused("919812345678", NULL, "n", "en", missing, 1, KL_ERR_FORMAT, "parameter 1 is empty");
    message_refused("919812345678", NULL, "n", "en", name, 1, KL_ERR_FORMAT,
                    "the name of parameter 1 is not made of a-z, 0-9 and _");
    message_refused("919812345678", NULL, "n", "en", NULL, 1, KL_ERR_ARGUMENT, "the parameters are missing");
}
END_TEST

START_TEST(the_longest_numbers_names_and_trackers_are_taken)
{
    char name[GRAPH_MAX_TEMPLATE_NAME + 2], tracker[GRAPH_MAX_TRACKER + 1];
    buffer out = BUFFER_INIT;
    memset(name, 'n', sizeof name);
    memset(tracker, 't', sizeof tracker);
    name[sizeof name - 1] = tracker[sizeof tracker - 1] = '\0';
    ck_assert_int_eq(graph_template_message(&out, "123456789012345", tracker, name + 1, "en", NULL, 0, NULL), KL_OK);
    ck_assert_int_eq(graph_template_message(&out, "1234", NULL, name, "en", NULL, 0, NULL), KL_ERR_FORMAT);
    buffer_free(&out);
}
END_TEST

START_TEST(a_message_without_memory_leaves_the_buffer_as_it_was)
{
    buffer out = BUFFER_INIT;
    kl_error *error = NULL;
    buffer_text(&out, "before");
    out.broken = true;
    ck_assert_int_eq(graph_template_message(&out, "123456", NULL, "n", "en", NULL, 0, &error), KL_ERR_MEMORY);
    ck_assert_int_eq(kl_error_status(error), KL_ERR_MEMORY);
    ck_assert_int_eq(graph_messages_url(&out, "https://a", "v25.0", "1", NULL), KL_ERR_MEMORY);
    ck_assert_str_eq(out.data, "before");
    kl_error_free(error);
    buffer_free(&out);
}
END_TEST

START_TEST(parameters_follow_metas_rules)
{
    static const struct {
        const char *text, *why;
    } cases[] = {{"a", NULL},
                 {"a    b", NULL},
                 {"a     b", "has more than four blanks in a row"},
                 {"     ", "has more than four blanks in a row"},
                 {" a  b ", NULL},
                 {"", "is empty"},
                 {"a\nb", "has a line break"},
                 {"a\r", "has a line break"},
                 {"a\tb", "has a tab"},
                 {"a\x07", "has a control character"},
                 {"a\x7f", "has a control character"},
                 {"\xC3\x28", "is not valid UTF-8"},
                 {"🛑 नेहा", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *why = NULL;
        kl_status status = graph_parameter_check(cases[i].text, strlen(cases[i].text), &why);
        ck_assert_int_eq(status, cases[i].why ? KL_ERR_FORMAT : KL_OK);
        ck_assert_pstr_eq(why, cases[i].why);
    }
    char text[2 * (GRAPH_MAX_PARAMETER + 1)];
    for (size_t i = 0; i < sizeof text; i += 2)
        memcpy(text + i, "é", 2);
    ck_assert_int_eq(graph_parameter_check(text, sizeof text - 2, NULL), KL_OK);
    ck_assert_int_eq(graph_parameter_check(text, sizeof text, NULL), KL_ERR_FORMAT);
    ck_assert_int_eq(graph_parameter_check("a\0b", 3, NULL), KL_ERR_FORMAT);
    ck_assert_int_eq(graph_parameter_check(NULL, 0, NULL), KL_ERR_FORMAT);
}
END_TEST

START_TEST(the_url_reaches_only_the_numbers_messages)
{
    static const struct {
        const char *base, *version, *id, *url;
    } cases[] = {
        {"https://graph.facebook.com", "v25.0", "106540352242922",
         "https://graph.facebook.com/v25.0/106540352242922/messages"},
        {"http://127.0.0.1:8080/graph//", "v9.1", "PHONE_1", "http://127.0.0.1:8080/graph/v9.1/PHONE_1/messages"},
        {"ftp://graph.facebook.com", "v25.0", "1", NULL},
        {"graph.facebook.com", "v25.0", "1", NULL},
        {"https://", "v25.0", "1", NULL},
        {"https:///x", "v25.0", "1", NULL},
        {"https://a b", "v25.0", "1", NULL},
        {"https://a?b", "v25.0", "1", NULL},
        {"https://a\r\nX: y", "v25.0", "1", NULL},
        {"https://a", "25.0", "1", NULL},
        {"https://a", "v25", "1", NULL},
        {"https://a", "v.0", "1", NULL},
        {"https://a", "v25.0/me", "1", NULL},
        {"https://a", "v25.0", "", NULL},
        {"https://a", "v25.0", "1/../me", NULL},
        {"https://a", "v25.0", "1?x", NULL},
        {"https://a", "v25.0", "1%2e", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buffer out = BUFFER_INIT;
        buffer_text(&out, "");
        kl_status status = graph_messages_url(&out, cases[i].base, cases[i].version, cases[i].id, NULL);
        ck_assert_int_eq(status, cases[i].url ? KL_OK : KL_ERR_FORMAT);
        ck_assert_str_eq(out.data, cases[i].url ? cases[i].url : "");
        buffer_free(&out);
    }
    buffer out = BUFFER_INIT;
    ck_assert_int_eq(graph_messages_url(&out, NULL, "v25.0", "1", NULL), KL_ERR_ARGUMENT);
}
END_TEST

static graph_answer answer_to(long http_status, const char *body)
{
    graph_answer answer;
    kl_error *error = NULL;
    ck_assert_int_eq(graph_answer_parse(http_status, body, strlen(body), &answer, &error), KL_OK);
    ck_assert_ptr_null(error);
    return answer;
}

static char *sample(const char *name, size_t *length)
{
    char path[256];
    snprintf(path, sizeof path, "tests/data/webhooks/%s", name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s is missing", path);
    char *bytes = calloc(1, 16384);
    *length = fread(bytes, 1, 16383, file);
    fclose(file);
    return bytes;
}

START_TEST(the_sample_acceptance_gives_its_wamid)
{
    size_t length;
    char *body = sample("40_send_response_template.json", &length);
    graph_answer answer = answer_to(200, body);
    ck_assert_int_eq(answer.outcome, GRAPH_ACCEPTED);
    ck_assert_str_eq(answer.wamid, "wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI1RjQyNUE3NEYxMzAzMzQ5MkEA");
    ck_assert_str_eq(answer.wa_id, "16505551234");
    ck_assert(!answer.held);
    ck_assert_int_eq(answer.code, GRAPH_NO_CODE);
    ck_assert_ptr_null(answer.details);
    graph_answer_free(&answer);
    free(body);
}
END_TEST

START_TEST(the_sample_refusal_gives_its_code_and_details)
{
    size_t length;
    char *body = sample("42_send_error_130429.json", &length);
    graph_answer answer = answer_to(200, body);
    ck_assert_int_eq(answer.outcome, GRAPH_REFUSED);
    ck_assert_int_eq(answer.code, 130429);
    ck_assert_int_eq(answer.subcode, 2494055);
    ck_assert_str_eq(answer.details, "Cloud API message throughput has been reached.");
    ck_assert_ptr_null(answer.wamid);
    graph_answer_free(&answer);
    graph_answer_free(&answer);
    graph_answer_free(NULL);
    free(body);
}
END_TEST

START_TEST(a_held_message_is_accepted_and_held)
{
    graph_answer answer = answer_to(500, "{\"contacts\":[{\"user_id\":\"US.1\"}],\"messages\":[{\"id\":\"w\\u0061\","
                                         "\"message_status\":\"held_for_quality_assessment\"}]}");
    ck_assert_int_eq(answer.outcome, GRAPH_ACCEPTED);
    ck_assert(answer.held);
    ck_assert_str_eq(answer.wamid, "wa");
    ck_assert_str_eq(answer.user_id, "US.1");
    ck_assert_ptr_null(answer.wa_id);
    graph_answer_free(&answer);
    answer = answer_to(200, "{\"messages\":[{\"id\":\"w\",\"message_status\":\"sold_for_quality_assessment\"}]}");
    ck_assert(!answer.held);
    graph_answer_free(&answer);
    answer = answer_to(200, "{\"messages\":[{\"id\":\"w\",\"message_status\":\"held\"}]}");
    ck_assert(!answer.held);
    graph_answer_free(&answer);
}
END_TEST

START_TEST(a_refusal_counts_whatever_the_http_status)
{
    static const struct {
        const char *body;
        int code;
        const char *details;
    } cases[] = {{"{\"error\":{\"code\":0,\"message\":\"m\"}}", 0, "m"},
                 {"{\"error\":{\"code\":131000,\"error_data\":{\"details\":\"d\"},\"message\":\"m\"}}", 131000, "d"},
                 {"{\"error\":{\"code\":190,\"type\":\"OAuthException\"}}", 190, "OAuthException"},
                 {"{\"error\":{\"code\":2147483647}}", 2147483647, "no details given"},
                 {"{\"error\":{\"code\":1},\"messages\":[]}", 1, "no details given"},
                 {"{\"error\":{\"code\":2,\"error_data\":\"text\",\"message\":7}}", 2, "no details given"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (long http = 200; http <= 500; http += 100) {
            graph_answer answer = answer_to(http, cases[i].body);
            ck_assert_int_eq(answer.outcome, GRAPH_REFUSED);
            ck_assert_int_eq(answer.code, cases[i].code);
            ck_assert_str_eq(answer.details, cases[i].details);
            graph_answer_free(&answer);
        }
}
END_TEST

START_TEST(what_names_neither_message_nor_code_is_unreadable)
{
    static const struct {
        const char *body, *details;
    } cases[] = {{"", "HTTP 502: not JSON"},
                 {"<html>Bad Gateway</html>", "HTTP 502: not JSON"},
                 {"{\"error\":{\"code\":1,\"code\":2}}", "HTTP 502: not JSON"},
                 {"{\"messages\":[{\"id\":\"w\"}]", "HTTP 502: not JSON"},
                 {"[]", "HTTP 502: neither a message nor an error"},
                 {"null", "HTTP 502: neither a message nor an error"},
                 {"{\"messages\":[]}", "HTTP 502: neither a message nor an error"},
                 {"{\"messages\":{\"id\":\"w\"}}", "HTTP 502: neither a message nor an error"},
                 {"{\"messages\":[{\"id\":\"\"}]}", "HTTP 502: neither a message nor an error"},
                 {"{\"messages\":[{\"id\":7}]}", "HTTP 502: neither a message nor an error"},
                 {"{\"error\":\"oops\"}", "HTTP 502: an error without a code"},
                 {"{\"error\":{\"code\":\"190\"}}", "HTTP 502: an error without a code"},
                 {"{\"error\":{\"code\":1.5}}", "HTTP 502: an error without a code"},
                 {"{\"error\":{\"code\":2147483648}}", "HTTP 502: an error without a code"},
                 {"{\"error\":{\"code\":-2147483648}}", "HTTP 502: an error without a code"},
                 {"{\"error\":{\"code\":99999999999}}", "HTTP 502: an error without a code"},
                 {"{\"error\":{\"code\":1},\"messages\":[{\"id\":\"w\"}]}", "HTTP 502: both a message and an error"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        graph_answer answer = answer_to(502, cases[i].body);
        ck_assert_int_eq(answer.outcome, GRAPH_UNREADABLE);
        ck_assert_int_eq(answer.code, GRAPH_NO_CODE);
        ck_assert_str_eq(answer.details, cases[i].details);
        ck_assert_ptr_null(answer.wamid);
        graph_answer_free(&answer);
    }
    graph_answer answer;
    ck_assert_int_eq(graph_answer_parse(0, NULL, 0, &answer, NULL), KL_OK);
    ck_assert_int_eq(answer.outcome, GRAPH_UNREADABLE);
    graph_answer_free(&answer);
    ck_assert_int_eq(graph_answer_parse(0, NULL, 1, &answer, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(graph_answer_parse(0, "", 0, NULL, NULL), KL_ERR_ARGUMENT);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("graph");
    TCase *tests = tcase_create("graph");
    tcase_add_test(tests, a_message_without_parameters_has_no_components);
    tcase_add_test(tests, positional_parameters_keep_their_order);
    tcase_add_test(tests, named_parameters_carry_their_names);
    tcase_add_test(tests, no_text_can_leave_its_quotes);
    tcase_add_test(tests, a_message_that_meta_would_refuse_is_not_built);
    tcase_add_test(tests, the_longest_numbers_names_and_trackers_are_taken);
    tcase_add_test(tests, a_message_without_memory_leaves_the_buffer_as_it_was);
    tcase_add_test(tests, parameters_follow_metas_rules);
    tcase_add_test(tests, the_url_reaches_only_the_numbers_messages);
    tcase_add_test(tests, the_sample_acceptance_gives_its_wamid);
    tcase_add_test(tests, the_sample_refusal_gives_its_code_and_details);
    tcase_add_test(tests, a_held_message_is_accepted_and_held);
    tcase_add_test(tests, a_refusal_counts_whatever_the_http_status);
    tcase_add_test(tests, what_names_neither_message_nor_code_is_unreadable);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
